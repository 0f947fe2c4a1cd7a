import type { OwnVideo, Video, VideoSummary } from "#common/videos/video.ts";
import type { Channel, VideoRecord } from "./video-record.ts";

/** What a view needs besides the record. */
export interface VideoViewParts {
  readonly channel: Channel;
  readonly posterUrl: string | null;
}

/** Width of the poster whose address stands in lists, in pixels. */
export const listPosterWidthPx = 640;

/** A video as it stands in a list. */
export function toVideoSummary(record: VideoRecord, { channel, posterUrl }: VideoViewParts): VideoSummary {
  return {
    id: record.id,
    title: record.title,
    visibility: record.visibility,
    state: record.state,
    durationSeconds: record.durationSeconds,
    aspectRatio: record.aspectRatio,
    channel,
    category: record.category,
    viewCount: record.viewCount,
    createdAt: record.createdAt,
    publishedAt: record.publishedAt,
    posterUrl,
  };
}

/** A video as its page shows it. */
export function toVideo(record: VideoRecord, parts: VideoViewParts): Video {
  const { errorCode: code, errorMessage: message } = record;
  return {
    ...toVideoSummary(record, parts),
    description: record.description,
    tags: record.tags,
    language: record.language,
    ...(record.state === "failed" && code ? { error: { code, message } } : {}),
    renditions: record.renditions,
    audioTracks: record.audioTracks,
    captions: record.captions,
  };
}

/** A video as its owner sees it; `uploadProgress` is what counts while bytes travel. */
export function toOwnVideo(
  record: VideoRecord,
  parts: VideoViewParts & { uploadUrl: string; uploadProgress: number },
): OwnVideo {
  return {
    ...toVideo(record, parts),
    sizeBytes: record.sizeBytes,
    fileName: record.fileName,
    originalSha256: record.originalSha256,
    progress: toProgress(record, parts.uploadProgress),
    uploadUrl: parts.uploadUrl,
  };
}

/** 0 to 1 of the present state. */
export function toProgress(record: VideoRecord, uploadProgress: number): number {
  if (record.state === "uploading") return uploadProgress;
  return record.state === "ready" ? 1 : record.progress;
}
