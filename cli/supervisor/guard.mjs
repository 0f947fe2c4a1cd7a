// Watches over the supervisor: when it is gone without having closed, what it left behind is ended. Plain JavaScript,
// because it must be small and start at once.
import { endLeftovers } from "./leftovers.mjs";

const dataDir = process.argv[2];
if (!dataDir) throw new Error("say the data folder");
process.on("SIGINT", () => {});
process.on("SIGTERM", () => process.exit(0));
process.once("disconnect", async () => {
  await endLeftovers(dataDir);
  process.exit(0);
});
process.send?.({ event: "opened" });
