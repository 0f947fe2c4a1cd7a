import fc from "fast-check";
import { expect, it } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { readFragment } from "./fragment.ts";
import {
  readPublishOffer,
  toProducerParameters,
  toRouterCodecs,
  writePublishAnswer,
} from "./publish-offer.ts";
import { offerNames, readOffer, someTransport } from "./testing/offers.ts";
import { readViewAnswer, readViewOffer, toNumbering, toViewerCapabilities, writeViewAnswer } from "./view.ts";

const offers = [...offerNames, "chromium-viewer" as const].map(readOffer);
const allLines = [...new Set(offers.flatMap((sdp) => sdp.split("\r\n")))];
const router = toRouterCodecs(readPublishOffer(readOffer("chromium-h264-layers")));

/** Everything that is done with a text that somebody sends. */
function useEverything(sdp: string): void {
  for (const use of [usePublishOffer, useViewOffer, readViewAnswer, readFragment]) {
    try {
      use(sdp);
    } catch (error) {
      // no other error, whatever they send
      if (!(error instanceof ShoalError)) throw error;
      expect(error.code).toMatch(/^stream\.(bad_sdp|unsupported_media)$/);
      expect(error.message.length).toBeLessThan(250);
    }
  }
}

function usePublishOffer(sdp: string): void {
  const offer = readPublishOffer(sdp);
  toRouterCodecs(offer);
  for (const track of offer.tracks) if (track.codec) toProducerParameters(track);
  assertWellFormed(writePublishAnswer(offer, someTransport), offer.tracks.length);
}

function useViewOffer(sdp: string): void {
  const offer = readViewOffer(sdp);
  toNumbering(offer, router);
  toViewerCapabilities(offer, { codecs: [], headerExtensions: [] });
  assertWellFormed(writeViewAnswer(offer, someTransport, []), offer.tracks.length);
}

/** Nothing that was sent may break out of its line in what we write. */
function assertWellFormed(sdp: string, sectionCount: number): void {
  const lines = sdp.split("\r\n").slice(0, -1);
  expect(lines.every((line) => /^[a-z]=[^\r\n\0]*$/.test(line))).toBe(true);
  expect(lines.filter((line) => line.startsWith("m="))).toHaveLength(sectionCount);
  expect(sdp).not.toMatch(/undefined|\[object/);
}

it("never throws anything but a refusal for texts", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 400 }), useEverything));
});

it("never throws anything but a refusal for lines of real offers in any order", () => {
  const lines = fc.array(fc.constantFrom(...allLines), { maxLength: 80 });
  fc.assert(
    fc.property(lines, (some) => useEverything(some.join("\r\n"))),
    { numRuns: 300 },
  );
});

it("never throws anything but a refusal for real offers with pieces changed", () => {
  const change = fc.record({
    at: fc.nat(),
    size: fc.nat({ max: 12 }),
    text: fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom(
        "\r\n",
        "0",
        "-1",
        "99999999999",
        "NaN",
        "Infinity",
        "1e9",
        "a=mid:",
        " ",
        ";",
        "~",
        "=",
        "__proto__",
        "%s",
        "%d",
      ),
    ),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...offers),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      (sdp, changes) => {
        let text = sdp;
        for (const { at, size, text: inserted } of changes) {
          const start = at % text.length;
          text = text.slice(0, start) + inserted + text.slice(start + size);
        }
        useEverything(text);
      },
    ),
    { numRuns: 600 },
  );
});

it("never throws anything but a refusal for real offers with lines left out, doubled or moved", () => {
  const edit = fc.record({ from: fc.nat(), to: fc.nat(), kind: fc.constantFrom("drop", "double", "move") });
  fc.assert(
    fc.property(fc.constantFrom(...offers), fc.array(edit, { minLength: 1, maxLength: 8 }), (sdp, edits) => {
      const lines = sdp.split("\r\n");
      for (const { from, to, kind } of edits) {
        const line = lines[from % lines.length] ?? "";
        if (kind !== "double") lines.splice(from % lines.length, 1);
        if (kind !== "drop") lines.splice(to % (lines.length + 1), 0, line);
      }
      useEverything(lines.join("\r\n"));
    }),
    { numRuns: 600 },
  );
});

it("does not ponder over the longest lines that it takes", () => {
  const fill = (line: string) =>
    `${readOffer("chromium-h264-layers")}${line}`.padEnd(64 * 1024 - 1, `${line}\r\n`);
  for (const line of [
    "a=imageattr:1 send [x=1] ".padEnd(990, "[]"),
    "a=ptime:1".padEnd(990, "."),
    "a=ssrc:1 x",
  ])
    useEverything(fill(line));
});
