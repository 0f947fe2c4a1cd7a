import { z } from "zod";
import { type UserRole, userRoles } from "#common/accounts/user.ts";
import { booleanSetting, defineConfig } from "#common/node/config.ts";
import { defaultUploadLimits } from "#common/upload/upload-limits.ts";

/** Bytes that one role may send. */
export type UploadLimits = Record<UserRole, { fileBytes: number; storedBytes: number }>;

const unitBytes: Record<string, number> = {
  "": 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

function parseBytes(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,15})([KMGT]iB)?$/.exec(text) ?? [];
  const sizeBytes = Number(digits) * (unitBytes[unit ?? ""] ?? Number.NaN);
  return Number.isSafeInteger(sizeBytes) && sizeBytes > 0 ? sizeBytes : undefined;
}

/** `creator=20GiB/200GiB, admin=1TiB/10TiB`: bytes per file and of all originals; roles left out keep their default. */
const limitsSetting = z.string().transform((text, context): UploadLimits => {
  const limits = { ...defaultUploadLimits };
  for (const part of text.split(",").filter((some) => some.trim() !== "")) {
    const [, name, file, stored] = /^\s*(\w+)\s*=\s*(\w+)\s*\/\s*(\w+)\s*$/.exec(part) ?? [];
    const role = userRoles.find((known) => known === name);
    const fileBytes = parseBytes(file ?? "");
    const storedBytes = parseBytes(stored ?? "");
    if (!role || !fileBytes || !storedBytes) {
      context.addIssue(`${JSON.stringify(part.trim())} is not of the form creator=20GiB/200GiB`);
      return z.NEVER;
    }
    limits[role] = { fileBytes, storedBytes };
  }
  return limits;
});

/** Settings of the room `upload`. */
export const uploadConfig = defineConfig({
  uploadLimits: {
    doc: "Bytes per file and of all originals by role, for example `creator=20GiB/200GiB,admin=1TiB/10TiB`; roles left out keep their default.",
    schema: limitsSetting,
    default: "",
    env: "SHOAL_UPLOAD_LIMITS",
  },
  viewersMayUpload: {
    doc: "May accounts of the role viewer upload too?",
    schema: booleanSetting,
    default: false,
    env: "SHOAL_VIEWERS_MAY_UPLOAD",
  },
  uploadExpiryHours: {
    doc: "Hours after which an upload that did not end is thrown away.",
    schema: z.coerce.number().positive().max(8760),
    default: 168,
    env: "SHOAL_UPLOAD_EXPIRY_HOURS",
  },
  uploadIdleSeconds: {
    doc: "Seconds without a byte after which an upload's connection is closed; it can be continued.",
    schema: z.coerce.number().positive().max(3600),
    default: 60,
    env: "SHOAL_UPLOAD_IDLE_SECONDS",
  },
});
