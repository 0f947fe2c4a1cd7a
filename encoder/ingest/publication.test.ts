import { expect, it } from "vitest";
import { createLog } from "#common/node/log.ts";
import { Publication } from "./publication.ts";
import type { RtmpMessage } from "./rtmp-connection.ts";

it("decides by a bounded number of messages, and holds a bounded number until it is let in", async () => {
  const refusals: string[] = [];
  let publishCount = 0;
  const publication = new Publication({
    room: {
      publish() {
        publishCount += 1;
        return new Promise(() => {});
      },
      isThere: async () => true,
      leave: async () => {},
    },
    startProcess() {
      throw new Error("nobody was let in");
    },
    threadCount: 1,
    log: createLog("test", "silent"),
    setPaused: () => {},
    refuse: (sentence) => refusals.push(sentence),
  });
  const header: RtmpMessage = {
    media: { kind: "audio", codecId: 10, part: "header", compositionMs: 0, decodeMs: 0 },
    flvTag: Buffer.alloc(16),
  };
  for (let count = 0; count < 999; count += 1) publication.receive(header);
  expect(publishCount).toBe(0);
  publication.receive(header);
  expect(publishCount).toBe(1);
  expect(publication.report).toMatchObject({ video: "none", audioCodec: "aac" });
  for (let count = 0; count < 20_000; count += 1) publication.receive(header);
  expect(refusals).toEqual(["More comes than can be taken."]);
  await publication.close(false);
});
