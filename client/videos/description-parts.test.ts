import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStartSeconds, toDescriptionParts } from "./description-parts.ts";

const kinds = (text: string, durationSeconds = 600) =>
  toDescriptionParts(text, durationSeconds).map((part) => `${part.kind} ${part.text}`);

describe("the parts of a description", () => {
  it("finds times and addresses", () => {
    expect(kinds("0:00 Intro\n1:30 Reef, see https://example.org/a?b=c.")).toEqual([
      "time 0:00",
      "text  Intro\n",
      "time 1:30",
      "text  Reef, see ",
      "link https://example.org/a?b=c",
      "text .",
    ]);
  });

  it.each(["at 12:75", "11:00 is after the end", "1:2:3:4", "score 3.1:30", "javascript:alert(1)"])(
    "leaves %j as words",
    (text) => expect(toDescriptionParts(text, 600)).toEqual([{ kind: "text", text }]),
  );

  it("knows hours", () => {
    expect(toDescriptionParts("1:02:03", 9000)).toEqual([{ kind: "time", text: "1:02:03", atSeconds: 3723 }]);
  });

  it("loses nothing", () => {
    fc.assert(
      fc.property(
        fc.string(),
        (text) =>
          toDescriptionParts(text, 600)
            .map((part) => part.text)
            .join("") === text,
      ),
    );
  });
});

describe("the time in an address", () => {
  it.each([
    ["90", 90],
    ["90s", 90],
    ["1m30s", 90],
    ["1h", 3600],
    ["1h2m3s", 3723],
  ])("reads %s", (text, seconds) => expect(parseStartSeconds(text)).toBe(seconds));

  it.each(["", "soon", "-3", "1m30", undefined, ["3"]])("ignores %s", (text) =>
    expect(parseStartSeconds(text)).toBeUndefined(),
  );
});
