/** `npm run bench -- <name> [--json]`. */
export { main } from "../bench/main.ts";
