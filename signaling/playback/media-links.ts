import type { posterWidthsPx } from "#common/node/storage/layout.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import { listPosterWidthPx } from "../videos/video-views.ts";
import type { Viewer } from "../videos/videos.rules.ts";
import type { Grants } from "./grants.ts";
import { toMediaUrl } from "./media-address.ts";
import { toDelivery, toDeliveryUnseen } from "./playback.rules.ts";

type PosterWidthPx = (typeof posterWidthsPx)[number];

/** Addresses of one video's media. */
export interface MediaLinks {
  /** When the addresses stop working; `null`: they do not. */
  readonly expiresAt: string | null;
  /** Address of a file of the present revision. */
  toUrl(path: string): string;
  /** Address of a poster, as JPEG; `null` while there is none. */
  toPosterUrl(widthPx: PosterWidthPx): string | null;
}

/** What has addresses: a video, or a broadcast that is going to be one. */
export type LinkedMedia = Pick<
  VideoRecord,
  "id" | "ownerId" | "visibility" | "state" | "revision" | "posterRevision"
>;

/** Makes {@link MediaLinks} for somebody who may watch; whether they may was asked before. */
export async function createMediaLinks(
  grants: Grants,
  video: LinkedMedia,
  viewer: Viewer,
): Promise<MediaLinks> {
  return toLinks(grants, video, { delivery: toDelivery(viewer, video), viewerId: viewer?.id ?? "" });
}

/** Address of the poster that stands in lists, for whoever may see the video at all; `null` while there is none. */
export async function toListPosterUrl(grants: Grants, video: VideoRecord): Promise<string | null> {
  const links = await toLinks(grants, video, { delivery: toDeliveryUnseen(video), viewerId: "" });
  return links.toPosterUrl(listPosterWidthPx);
}

async function toLinks(
  grants: Grants,
  video: LinkedMedia,
  { delivery, viewerId }: { delivery: ReturnType<typeof toDelivery>; viewerId: string },
): Promise<MediaLinks> {
  const { id: videoId, revision, posterRevision } = video;
  const issued = delivery === "plain" ? null : await grants.issue(videoId, delivery, viewerId);
  const grant = issued?.token ?? null;
  return {
    expiresAt: issued?.expiresAt ?? null,
    toUrl: (path) => toMediaUrl({ grant, videoId, revision, path }),
    toPosterUrl(widthPx) {
      if (posterRevision === "") return null;
      return toMediaUrl({ grant, videoId, revision: posterRevision, path: `poster-${widthPx}.jpg` });
    },
  };
}
