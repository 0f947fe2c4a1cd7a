import { describe, expect, it } from "vitest";
import { Hearing } from "./hearing.ts";

const toReport = (heard: number, answers: number, sent: number) => [
  { type: "transport", bytesReceived: heard },
  { type: "candidate-pair", responsesReceived: answers },
  { type: "outbound-rtp", kind: "video", bytesSent: sent },
  { type: "outbound-rtp", kind: "audio", bytesSent: sent },
];

describe("hearing of the server", () => {
  it.each([
    [
      "reports come",
      [
        [1, 1, 1],
        [2, 1, 2],
        [3, 1, 3],
        [4, 1, 4],
      ],
      false,
    ],
    [
      "only checks are answered",
      [
        [1, 1, 1],
        [1, 2, 2],
        [1, 3, 3],
        [1, 4, 4],
      ],
      false,
    ],
    [
      "nothing comes while a picture is sent",
      [
        [1, 1, 1],
        [1, 1, 2],
        [1, 1, 3],
        [1, 1, 4],
      ],
      true,
    ],
    [
      "nothing comes, and nothing is sent",
      [
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
      ],
      false,
    ],
    [
      "it goes on at the last moment",
      [
        [1, 1, 1],
        [1, 1, 2],
        [1, 1, 3],
        [2, 1, 4],
      ],
      false,
    ],
  ])("%s", (_, looks, isLost) => {
    const hearing = new Hearing();
    const last = looks
      .map(([heard = 0, answers = 0, sent = 0], place) =>
        hearing.isLost(toReport(heard, answers, sent), place * 500),
      )
      .at(-1);
    expect(last).toBe(isLost);
  });

  it("has nothing to say at the first look", () => {
    expect(new Hearing().isLost(toReport(0, 0, 5), 90_000)).toBe(false);
  });
});
