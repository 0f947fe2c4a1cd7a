import type { Scene } from "./composer-scene.ts";

/** What the page tells the composer's worker; streams are handed over, not copied. */
export type ComposerMessage =
  | { readonly name: "open"; readonly frames: WritableStream<VideoFrame> }
  | { readonly name: "scene"; readonly scene: Scene }
  | {
      readonly name: "input";
      readonly input: "screen" | "camera";
      readonly frames?: ReadableStream<VideoFrame> | undefined;
    };
