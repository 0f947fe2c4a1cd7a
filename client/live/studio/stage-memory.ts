import { z } from "zod";
import {
  cameraSizes,
  corners,
  defaultChoice,
  frameRates,
  pictureHeights,
  type StageChoice,
  stageSources,
} from "../capture/capture.rules.ts";

/** The part of a browser's storage that is used here. */
export type SmallStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const choiceSchema = z.object({
  source: z.enum(stageSources),
  cameraId: z.string(),
  microphoneId: z.string(),
  height: z.enum(pictureHeights),
  frameRate: z.enum(frameRates),
  corner: z.enum(corners),
  cameraSize: z.enum(cameraSizes),
  isVoiceCleaned: z.boolean(),
});

const returnSchema = z.object({ streamId: z.string(), choice: choiceSchema });
/** What this tab was sending when it was reloaded. */
export type StageReturn = z.infer<typeof returnSchema>;

const choiceKey = "shoal.stage";
const returnKey = "shoal.on-air";

function read<Value>(storage: SmallStorage, key: string, schema: z.ZodType<Value>): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(storage.getItem(key) ?? "null")).data;
  } catch {
    return undefined;
  }
}

function write(storage: SmallStorage, key: string, value: object): void {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // a closed storage forgets; nothing else
  }
}

/** The devices and the quality that were chosen last, kept in this browser. */
export function readChoice(storage: SmallStorage): StageChoice {
  return read(storage, choiceKey, choiceSchema) ?? defaultChoice;
}

export function rememberChoice(storage: SmallStorage, choice: StageChoice): void {
  write(storage, choiceKey, choice);
}

/** A reload comes back within the reconnect window: what was on air in this very tab can go on. */
export function readReturn(storage: SmallStorage, streamId: string): StageReturn | undefined {
  const mark = read(storage, returnKey, returnSchema);
  return mark?.streamId === streamId ? mark : undefined;
}

export function rememberReturn(storage: SmallStorage, mark: StageReturn): void {
  write(storage, returnKey, mark);
}

export function forgetReturn(storage: SmallStorage): void {
  try {
    storage.removeItem(returnKey);
  } catch {
    // as above
  }
}
