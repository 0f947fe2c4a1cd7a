import { z } from "zod";
import { booleanSetting, defineConfig } from "#common/node/config.ts";

/** Settings of accounts. */
export const accountsConfig = defineConfig({
  registrationOpen: {
    doc: "May anybody make an account?",
    schema: booleanSetting,
    default: true,
    env: "SHOAL_REGISTRATION_OPEN",
  },
  defaultRole: {
    doc: "Role of new accounts: creator may upload, viewer may not.",
    schema: z.enum(["viewer", "creator"]),
    default: "creator",
    env: "SHOAL_DEFAULT_ROLE",
  },
});
