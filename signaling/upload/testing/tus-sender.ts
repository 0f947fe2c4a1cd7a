import { randomBytes } from "node:crypto";
import type { VideoId } from "#common/videos/video.ts";
import { callTus, toLengthHeader } from "./tus-calls.ts";
import type { DeskAccount, UploadDesk } from "./upload-desk.ts";

/** What an owner's tus client does at a desk. */
export function createTusSender(desk: UploadDesk, owner: DeskAccount) {
  function create(videoId: VideoId, sizeBytes: number | null, token: string | null = owner.token) {
    return callTus(`${desk.url}/upload/${videoId}`, token, {
      method: "POST",
      headers: {
        ...toLengthHeader(sizeBytes),
        "upload-metadata": `filename ${Buffer.from("a/b/fish.mp4").toString("base64")}`,
      },
    });
  }

  return {
    create,
    async makeVideo(): Promise<VideoId> {
      const { id } = await desk.videos.create(owner, { title: "A shoal", visibility: "private" });
      return id;
    },
    /** Creates an upload and answers its address. */
    async createAt(videoId: VideoId, sizeBytes: number | null): Promise<string> {
      const response = await create(videoId, sizeBytes);
      if (response.status !== 201)
        throw new Error(`not created: ${response.status} ${await response.text()}`);
      return new URL(response.headers.get("location") ?? "", desk.url).href;
    },
    patch(address: string, offsetBytes: number, body: Uint8Array<ArrayBuffer>, headers = {}) {
      return callTus(address, owner.token, {
        method: "PATCH",
        headers: { "upload-offset": String(offsetBytes), ...headers },
        body,
      });
    },
    head: (address: string) => callTus(address, owner.token, { method: "HEAD" }),
    /** What the page is told that has lost sight of its upload. */
    async findUnfinished(videoId: VideoId): Promise<unknown> {
      const headers = { authorization: `Bearer ${owner.token}` };
      return (await fetch(`${desk.url}/upload/${videoId}`, { headers })).json();
    },
  };
}
/** See {@link createTusSender}. */
export type TusSender = ReturnType<typeof createTusSender>;

/** A file that nobody else has. */
export function makeBytes(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(sizeBytes));
}
