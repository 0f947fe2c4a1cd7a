import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type PlainPublisher, plainPublisherSchema, type Tap, tapSchema } from "#common/live/sfu-control.ts";
import { type OwnSfu, openOwnSfu, roomId } from "./testing/own-sfu.ts";
import { receiveRtp, sendRtp } from "./testing/rtp.ts";

const video = { kind: "video", codec: "h264", payloadType: 96, ssrc: 1111 } as const;
const audio = { kind: "audio", codec: "opus", payloadType: 97, ssrc: 2222 } as const;

let sfu: OwnSfu;
beforeEach(async () => {
  sfu = await openOwnSfu();
});
afterEach(() => sfu?.close());

function publish(tracks: readonly unknown[] = [video, audio]): Promise<PlainPublisher> {
  return sfu.ask("POST", `/rooms/${roomId}/plain-publisher`, { tracks }, plainPublisherSchema);
}

async function publishAndSend(): Promise<PlainPublisher> {
  const publisher = await publish();
  for (const [at, { payloadType, ssrc }] of [video, audio].entries()) {
    const sender = sendRtp({ port: publisher.ports[at] ?? 0, payloadType, ssrc });
    onTestFinished(() => sender.close());
  }
  return publisher;
}

async function tap(kind: "audio" | "video", layer: number | null = null) {
  const receiver = await receiveRtp();
  onTestFinished(() => receiver.close());
  const body = { kind, layer, host: "127.0.0.1", port: receiver.port };
  return { receiver, tap: await sfu.ask("POST", `/rooms/${roomId}/taps`, body, tapSchema) };
}

const stateName = async () => (await sfu.room())?.publisher?.state;

describe("refuses", () => {
  test.each([
    ["an id that is none", "POST", "/rooms/ABC/plain-publisher", { tracks: [video] }, "request.invalid"],
    [
      "two pictures",
      "POST",
      `/rooms/${roomId}/plain-publisher`,
      { tracks: [video, video] },
      "request.invalid",
    ],
    [
      "a codec that nobody plays",
      "POST",
      `/rooms/${roomId}/plain-publisher`,
      { tracks: [{ ...video, codec: "h263" }] },
      "stream.unsupported_media",
    ],
    ["a tap where nothing is live", "POST", `/rooms/${roomId}/taps`, tapOf(10_000), "stream.not_live"],
    ["to end what is not there", "DELETE", `/rooms/${roomId}/taps/1`, undefined, "stream.session_not_found"],
    [
      "a viewer where nothing is live",
      "POST",
      `/rooms/${roomId}/viewers`,
      { sdpOffer: null },
      "stream.not_live",
    ],
  ] as const)("%s", async (_, method, path, body, code) => {
    await expect(sfu.ask(method, path, body)).rejects.toMatchObject({ code });
  });

  test("a second publisher while the first is heard, and a layer that there is not", async () => {
    await publishAndSend();
    await expect.poll(stateName).toBe("live");
    await expect(publish()).rejects.toMatchObject({ code: "stream.already_live" });
    await expect(tap("video", 1)).rejects.toMatchObject({ code: "request.invalid" });
  });

  test("who has not got the token", async () => {
    const answer = await fetch(`${sfu.url}/live/state`);
    expect([answer.status, await answer.json()]).toMatchObject([401, { error: { code: "auth.required" } }]);
  });
});

test("passes plain RTP on to taps, and says what comes", async () => {
  const { sessionId } = await publishAndSend();
  const [picture, sound] = [await tap("video", 0), await tap("audio")];
  expect(picture.tap).toMatchObject({ codec: "h264", payloadType: 96, clockRateHz: 90_000, channelCount: 0 });
  expect(picture.tap.formatParameters).toContain("packetization-mode=1");
  expect(sound.tap).toMatchObject({ codec: "opus", payloadType: 97, clockRateHz: 48_000, channelCount: 2 });
  for (const { receiver, tap } of [picture, sound]) {
    await expect.poll(() => receiver.counts.get(tap.ssrc) ?? 0).toBeGreaterThan(20);
    expect([...receiver.counts.keys()]).toEqual([tap.ssrc]);
    expect([...receiver.payloadTypes]).toEqual([tap.payloadType]);
    expect([...receiver.sources]).toEqual([`${tap.source.host}:${tap.source.port}`]);
    await expect.poll(() => receiver.rtcpCount).toBeGreaterThan(0);
  }
  await expect.poll(async () => (await sfu.room())?.publisher?.bitrateBps).toBeGreaterThan(100_000);
  expect(await sfu.room()).toMatchObject({
    viewerCount: 0,
    originUrl: null,
    publisher: {
      sessionId,
      via: "plain",
      state: "live",
      videoCodec: "h264",
      audioCodec: "opus",
      layers: [{ layer: 0, isActive: true }],
      packetLossRatio: 0,
    },
  });
  await sfu.ask("POST", `/rooms/${roomId}/taps/${picture.tap.tapId}/key-frame`);
});

test("a silent publisher is replaced; its taps end, and everybody waiting hears of it", async () => {
  const first = await publish();
  const sender = sendRtp({ port: first.ports[0] ?? 0, payloadType: 96, ssrc: 1111 });
  await expect.poll(stateName).toBe("live");
  const { tap: tapped } = await tap("video");
  sender.close();
  const { version } = await sfu.state();
  const [later] = await Promise.all([sfu.ask("GET", `/state?after=${version}`)]);
  expect(later).toMatchObject({ rooms: [{ publisher: { state: "silent" } }] });
  const second = await publishAndSend();
  await expect
    .poll(async () => (await sfu.room())?.publisher)
    .toMatchObject({
      sessionId: second.sessionId,
      state: "live",
    });
  await expect(endTap(tapped)).rejects.toMatchObject({ code: "stream.session_not_found" });
  await expect(sfu.ask("DELETE", `/rooms/${roomId}/publisher/${first.sessionId}`)).rejects.toMatchObject({
    code: "stream.session_not_found",
  });
});

test("leaves nothing open after many rounds", async () => {
  const before = await sfu.countOpen();
  for (let round = 0; round < 20; round++) {
    const { sessionId } = await publish();
    const receiver = await receiveRtp();
    for (const kind of ["audio", "video"]) {
      await sfu.ask("POST", `/rooms/${roomId}/taps`, { ...tapOf(receiver.port), kind });
    }
    receiver.close();
    if (round % 2 === 0) await sfu.ask("DELETE", `/rooms/${roomId}/publisher/${sessionId}`);
    else await sfu.ask("DELETE", `/rooms/${roomId}`);
  }
  await sfu.ask("DELETE", `/rooms/${roomId}`);
  await expect.poll(() => sfu.countOpen()).toBe(before);
  expect((await sfu.state()).rooms).toEqual([]);
});

test("a worker that dies takes its rooms along, says so, and another carries on", async () => {
  const first = await publishAndSend();
  await expect.poll(stateName).toBe("live");
  const [pid = 0] = sfu.workers.pids();
  const { version } = await sfu.state();
  process.kill(pid, "SIGKILL");
  expect(await sfu.ask("GET", `/state?after=${version}`)).toMatchObject({ rooms: [] });
  await expect(sfu.ask("DELETE", `/rooms/${roomId}/publisher/${first.sessionId}`)).rejects.toMatchObject({
    code: "stream.session_not_found",
  });
  await expect
    .poll(() =>
      publishAndSend().then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
  await expect.poll(stateName).toBe("live");
});

test("spreads over workers as it grows; a worker without the publisher takes only its own along", async () => {
  const wide = await openOwnSfu({ SHOAL_SFU_WORKERS: "2" });
  onTestFinished(() => wide.close());
  const ask = { tracks: [video] };
  const { ports } = await wide.ask("POST", `/rooms/${roomId}/plain-publisher`, ask, plainPublisherSchema);
  const sender = sendRtp({ port: ports[0] ?? 0, payloadType: 96, ssrc: 1111 });
  const receiver = await receiveRtp();
  onTestFinished(() => {
    sender.close();
    receiver.close();
  });
  const taps: Tap[] = [];
  for (let count = 0; count < 60; count++) {
    taps.push(await wide.ask("POST", `/rooms/${roomId}/taps`, tapOf(receiver.port), tapSchema));
  }
  const loads = wide.workers.list().map(({ load }) => load);
  expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
  await expect.poll(() => taps.every(({ ssrc }) => (receiver.counts.get(ssrc) ?? 0) > 5)).toBe(true);

  process.kill(wide.workers.list()[1]?.worker.pid ?? 0, "SIGKILL");
  await expect
    .poll(async () => (await Promise.allSettled(taps.map((tap) => askKeyFrame(wide, tap)))).map(toEnd))
    .toEqual(expect.arrayContaining(["answered", "stream.session_not_found"]));
  expect((await wide.room())?.publisher?.state).toBe("live");
  await expect.poll(() => wide.workers.list().length).toBe(2);
  const [next] = [await wide.ask("POST", `/rooms/${roomId}/taps`, tapOf(receiver.port), tapSchema)];
  await expect.poll(() => receiver.counts.get(next.ssrc) ?? 0).toBeGreaterThan(5);
});

function askKeyFrame(asked: OwnSfu, { tapId }: Tap): Promise<unknown> {
  return asked.ask("POST", `/rooms/${roomId}/taps/${tapId}/key-frame`);
}

function toEnd(result: PromiseSettledResult<unknown>): string {
  return result.status === "fulfilled" ? "answered" : String(Reflect.get(Object(result.reason), "code"));
}

function tapOf(port: number) {
  return { kind: "video", layer: null, host: "127.0.0.1", port };
}

function endTap({ tapId }: Tap): Promise<unknown> {
  return sfu.ask("DELETE", `/rooms/${roomId}/taps/${tapId}`);
}
