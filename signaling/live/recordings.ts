import type { BroadcastStatus } from "#common/live/broadcast.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { NewRecording } from "../videos/video-record.ts";
import type { Settlement } from "./live-state.rules.ts";
import type { StreamRecord } from "./stream-record.ts";

/** What this room wants of the room `videos`. */
export interface RecordingVideos {
  /** Makes the video, once, however often it is asked for. */
  addRecording(recording: NewRecording): Promise<unknown>;
  /** Takes away stored media that never became a video. */
  discardMedia(id: VideoId): Promise<void>;
}

/** A stream with the broadcast that it has now. */
export type StreamOnAir = StreamRecord & { readonly broadcastId: VideoId };

/** Has this stream a broadcast? */
export function hasBroadcast(stream: StreamRecord): stream is StreamOnAir {
  return stream.broadcastId !== null;
}

/** Makes of a broadcast that is over what it is to become; whatever is cut off may be done again. */
export async function settleBroadcast(
  videos: RecordingVideos,
  stream: StreamOnAir,
  status: BroadcastStatus,
  as: Settlement,
): Promise<void> {
  if (as === "nothing") await videos.discardMedia(stream.broadcastId);
  else await videos.addRecording(toRecording(stream, status, as === "video" ? "ready" : "failed"));
}

/** The video of a broadcast: what the stream says of itself, and what the encoder made of it. */
export function toRecording(
  stream: StreamOnAir,
  status: BroadcastStatus,
  state: NewRecording["state"],
): NewRecording {
  const { ownerId, title, description, category, language, visibility, revision, peersAllowed } = stream;
  const { durationSeconds, aspectRatio, renditions, audioTracks, masterName, hasStoryboard } = status;
  return {
    id: stream.broadcastId,
    ownerId,
    title,
    description,
    category,
    language,
    visibility,
    state,
    errorCode: state === "failed" ? "encode.failed" : "",
    errorMessage: state === "failed" ? status.trouble || "The recording could not be finished." : "",
    durationSeconds,
    aspectRatio,
    renditions,
    audioTracks,
    revision,
    masterName,
    posterRevision: status.hasPoster ? revision : "",
    hasStoryboard,
    peersAllowed,
    sizeBytes: status.sizeBytes,
  };
}
