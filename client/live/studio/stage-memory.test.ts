import { expect, it } from "vitest";
import { defaultChoice } from "../capture/capture.rules.ts";
import {
  forgetReturn,
  readChoice,
  readReturn,
  rememberChoice,
  rememberReturn,
  type SmallStorage,
} from "./stage-memory.ts";

function makeStorage(): SmallStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, text) => items.set(key, text),
    removeItem: (key) => items.delete(key),
  };
}

const refuse = () => {
  throw new DOMException("The operation is insecure.", "SecurityError");
};
const closed: SmallStorage = { getItem: refuse, setItem: refuse, removeItem: refuse };

it("remembers what was chosen, and begins anew with what it cannot read", () => {
  const storage = makeStorage();
  expect(readChoice(storage)).toEqual(defaultChoice);
  rememberChoice(storage, { ...defaultChoice, source: "screen", height: "1080" });
  expect(readChoice(storage)).toMatchObject({ source: "screen", height: "1080" });
  storage.setItem("shoal.stage", '{"source":"periscope"}');
  expect(readChoice(storage)).toEqual(defaultChoice);
  storage.setItem("shoal.stage", "{");
  expect(readChoice(storage)).toEqual(defaultChoice);
});

it("knows what was on air in this tab until it is over, and of no other stream", () => {
  const storage = makeStorage();
  rememberReturn(storage, { streamId: "aaaaaaaaaaaaaaa", choice: defaultChoice });
  expect(readReturn(storage, "bbbbbbbbbbbbbbb")).toBeUndefined();
  expect(readReturn(storage, "aaaaaaaaaaaaaaa")?.choice).toEqual(defaultChoice);
  forgetReturn(storage);
  expect(readReturn(storage, "aaaaaaaaaaaaaaa")).toBeUndefined();
});

it("does without a storage", () => {
  rememberChoice(closed, defaultChoice);
  forgetReturn(closed);
  expect(readChoice(closed)).toEqual(defaultChoice);
});
