import { once } from "node:events";
import { createServer } from "node:http";
import { expect, test } from "vitest";
import { z } from "zod";
import { StartMedia } from "./start-media.ts";

/** A server that answers each path when it is told to; `/refused` is refused at once. */
async function openSlowServer() {
  const answers = new Map<string, () => void>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    if (path === "/refused") response.writeHead(403).end();
    else answers.set(path, () => response.end(`bytes of ${path}`));
    server.emit("asked");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    async untilAsked(count: number) {
      while (answers.size < count) await once(server, "asked");
    },
    answer: (path: string) => answers.get(path)?.(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("asks for everything at once, and hands it over in order", async () => {
  await using server = await openSlowServer();
  const [picture, sound] = [`${server.url}/picture`, `${server.url}/sound`];
  const media = new StartMedia([picture, sound]);
  const order: string[] = [];
  const taken = [picture, sound].map((url) => media.take(url)?.then(() => order.push(url)));
  await server.untilAsked(2);
  server.answer("/sound");
  server.answer("/picture");
  await Promise.all(taken);
  expect(order).toEqual([picture, sound]);
});

test("gives the bytes of an address once, with the times of their transfer", async () => {
  await using server = await openSlowServer();
  const url = `${server.url}/picture`;
  const media = new StartMedia([url]);
  await server.untilAsked(1);
  server.answer("/picture");
  const early = await media.take(url);
  expect(new TextDecoder().decode(early?.bytes)).toBe("bytes of /picture");
  expect(early && early.endedAtMs >= early.firstByteAtMs && early.firstByteAtMs >= early.startedAtMs).toBe(
    true,
  );
  expect(media.take(url)).toBeUndefined();
  expect(media.take(`${server.url}/other`)).toBeUndefined();
});

test("a refused address does not hold back the next one", async () => {
  await using server = await openSlowServer();
  const [refused, sound] = [`${server.url}/refused`, `${server.url}/sound`];
  const media = new StartMedia([refused, sound]);
  const [first, second] = [media.take(refused), media.take(sound)];
  await server.untilAsked(1);
  server.answer("/sound");
  await expect(first).rejects.toThrow("403");
  expect((await second)?.bytes.byteLength).toBeGreaterThan(0);
});

test("stops what is under way", async () => {
  await using server = await openSlowServer();
  const url = `${server.url}/picture`;
  const media = new StartMedia([url]);
  const bytes = media.take(url);
  await server.untilAsked(1);
  media.close();
  media.close();
  await expect(bytes).rejects.toThrow();
});
