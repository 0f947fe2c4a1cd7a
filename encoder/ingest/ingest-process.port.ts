import type { Writable } from "node:stream";

/** A running FFmpeg that takes FLV and sends RTP. */
export interface IngestProcess {
  readonly stdin: Writable;
  /** Settles when the process is gone, with the end of what it said; never rejects. */
  readonly ended: Promise<string>;
  /** Ends it at once, and resolves when it is gone. */
  close(): Promise<void>;
}

/** Starts FFmpeg with these argv tokens, with loopback as its only network. */
export type StartIngestProcess = (args: readonly string[]) => IngestProcess;
