import type { Accessor } from "solid-js";
import type { OwnVideo } from "#common/videos/video.ts";
import type { VideoProgress } from "#common/videos/video-events.ts";
import type { Problem } from "../app/error-text.ts";
import type { DetailsSaver } from "../videos/details-saver.ts";
import type { VideoDetails } from "../videos/video-details.ts";
import type { RememberedUploads } from "./remembered-uploads.ts";
import type { startTransfer } from "./transfer.ts";
import type { UploadState } from "./upload-state.ts";

/** What one upload asks of the world. */
export interface UploadPorts {
  /** Makes the draft; answers the path of its tus creation address. */
  createVideo(details: VideoDetails): Promise<{ id: string; creationPath: string }>;
  updateVideo(id: string, details: VideoDetails): Promise<unknown>;
  fetchVideo(id: string): Promise<Pick<OwnVideo, "state" | "progress" | "error">>;
  removeVideo(id: string): Promise<unknown>;
  cancelEncode(id: string): Promise<unknown>;
  retryEncode(id: string): Promise<unknown>;
  readonly startTransfer: typeof startTransfer;
  readonly remembered: RememberedUploads;
  /** Runs later; answers how to take it back. */
  startTimer(run: () => void, delayMs: number): () => void;
}

/** What an upload begins with: a picked file, or what an earlier page remembered of one. */
export interface UploadSource {
  readonly key: string;
  readonly ownerId: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  /** `null`: remembered from another page, the file must be picked again. */
  readonly file: File | null;
  readonly details: VideoDetails;
  readonly begun?: { videoId: string; creationPath: string; uploadPath: string | null; sentBytes: number };
}

/** One file on its way to being a video. Closed by the queue. */
export interface UploadTask {
  readonly key: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly state: Accessor<UploadState>;
  readonly videoId: Accessor<string | null>;
  readonly sentBytes: Accessor<number>;
  readonly bytesPerSecond: Accessor<number>;
  /** What the front desk says of the encode: 0 to 1, and a word. */
  readonly encode: Accessor<{ progress: number; step: string }>;
  readonly problem: Accessor<Problem | null>;
  readonly saver: DetailsSaver;
  /** The queue gives it a place. */
  begin(): void;
  attachFile(file: File): void;
  /** Ends it before it began. */
  refuse(code: string): void;
  pause(): void;
  resume(): void;
  retry(): Promise<void>;
  cancel(): Promise<void>;
  /** The network went, or came back. */
  noticeNetwork(isOnline: boolean): void;
  hear(news: Pick<VideoProgress, "state" | "progress" | "step" | "error">): void;
  /** The video was deleted, here or elsewhere. */
  hearDeleted(): void;
  /** Asks the front desk again, when news may have been missed. */
  refresh(): Promise<void>;
  close(): void;
}
