import { z } from "zod";
import { passwordSchema } from "#common/accounts/user.ts";
import { defineConfig } from "#common/node/config.ts";

/** Settings of the instance as a whole. */
export const instanceConfig = defineConfig({
  instanceName: {
    doc: "Name of this instance, as pages and mails show it.",
    schema: z.string().trim().min(1).max(60),
    default: "Shoal",
    env: "SHOAL_INSTANCE_NAME",
  },
  adminEmail: {
    doc: "Mail address of an administrator that the start makes when there is none with it; needs SHOAL_ADMIN_PASSWORD.",
    schema: z.union([z.literal(""), z.email()]),
    default: "",
    env: "SHOAL_ADMIN_EMAIL",
  },
  adminPassword: {
    doc: "Password of that administrator, 10 to 71 characters; an account that exists keeps its own.",
    schema: z.union([z.literal(""), passwordSchema]),
    default: "",
    env: "SHOAL_ADMIN_PASSWORD",
    isSecret: true,
  },
});
