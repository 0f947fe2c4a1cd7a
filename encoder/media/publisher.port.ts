import type { AudioTrack, CaptionTrack, Rendition } from "#common/videos/video.ts";

/** What is known of a source before anything of it was encoded. */
export interface SourceDescription {
  /** As far as the container tells; {@link PublishedState} has the exact value. */
  readonly durationSeconds: number;
  /** Width ÷ height after rotation and with square pixels; 0 for audio alone. */
  readonly aspectRatio: number;
}

/** All that viewers can be given now; each call of {@link Publisher.published} replaces what was said before. */
export interface PublishedState {
  readonly masterName: string;
  readonly durationSeconds: number;
  readonly aspectRatio: number;
  readonly renditions: readonly Rendition[];
  readonly audioTracks: readonly AudioTrack[];
  readonly captions: readonly CaptionTrack[];
  readonly hasPoster: boolean;
  readonly hasStoryboard: boolean;
  /** False: `playable`, more is being made. True: `ready`. */
  readonly isComplete: boolean;
}

/**
 * Where the pipeline puts what it made. Paths are relative to the revision and are storage keys
 * (`720p/seg-00001.m4s`). Everything may be called again with the same arguments after a crash.
 */
export interface Publisher {
  /** Publishes a local file; the file may be moved away in doing so. */
  putFile(path: string, localPath: string): Promise<void>;
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** What was put under this path by this or an earlier attempt. */
  read(path: string): Promise<Buffer | undefined>;
  /** Durable when it resolves: later attempts get the part in `doneParts` and never make it again. */
  partDone(part: string): Promise<void>;
  /** 0 to 1, never falling within one attempt; `step` is a word for people, e.g. `720p`. Called a few times a second. */
  progressed(progress: number, step: string): void;
  described(description: SourceDescription): Promise<void>;
  /** The video becomes playable, or ready. */
  published(state: PublishedState): Promise<void>;
}
