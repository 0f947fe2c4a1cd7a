import { booleanSetting, defineConfig } from "./config.ts";

/** Settings of restreaming that both who takes a target in and who sends to it look at. */
export const restreamConfig = defineConfig({
  restreamPrivateHosts: {
    doc: "May streams be sent on to hosts of this server's own network? Whoever may stream could then reach what listens there.",
    schema: booleanSetting,
    default: false,
    env: "SHOAL_RESTREAM_PRIVATE_HOSTS",
  },
});
