/**
 * Where things lie in the storage. `media/<videoId>/<revision>/…` is what viewers get; a new encode is a new
 * revision, so every address is immutable.
 */
export const storageLayout = {
  /** The file as it was uploaded. */
  original: (videoId: string) => `originals/${videoId}/source`,
  /** A thumbnail picture as it was uploaded, waiting to be made into posters. */
  thumbnailSource: (videoId: string) => `originals/${videoId}/thumbnail`,
  originals: (videoId: string) => `originals/${videoId}/`,
  /** A note that a video is being deleted; outlives the deletion by a while. */
  deletion: (videoId: string) => `deletions/${videoId}`,
  deletions: "deletions/",
  video: (videoId: string) => `media/${videoId}/`,
  revision: (videoId: string, revision: string) => `media/${videoId}/${revision}/`,
  media: (videoId: string, revision: string, path: string) => `media/${videoId}/${revision}/${path}`,
} as const;

/** Widths of the posters, in pixels; each as `poster-<width>.avif`, `.webp` and `.jpg`. */
export const posterWidthsPx = [320, 640, 1280] as const;
