import type { Logger } from "#common/node/log.ts";
import type { MediaConfig } from "./media.config.ts";
import type { PublishedState, Publisher } from "./publisher.port.ts";

/** One video to be made ready for viewers. */
export interface EncodeRequest {
  /** Local file that FFmpeg can read; never changed. */
  readonly sourcePath: string;
  /** The job's own folder; exists. The pipeline works in a sub-folder, which is empty again when it ends. */
  readonly workDir: string;
  /** Parts (`rung:360p`, `audio:0`, `captions`, `poster`, `storyboard`) that an earlier attempt finished in this revision. */
  readonly doneParts: readonly string[];
  /** Ends every tool at once; the promise then rejects with `encode.cancelled`. */
  readonly signal: AbortSignal;
  readonly publish: Publisher;
  readonly log: Logger;
  readonly config: MediaConfig;
}

/**
 * Makes a source ready for viewers: ladder, audio, playlists, pictures, captions.
 * Resolves with what was last published. Throws a ShoalError with an `encode.*` code; what was published by then stays, so that
 * another attempt in the same revision goes on from there: who gives up removes the revision.
 */
export async function encodeVideo(request: EncodeRequest): Promise<PublishedState> {
  throw new Error(`not built yet: ${request.sourcePath}`);
}
