import type { Publisher } from "./publisher.port.ts";

/** A picture that a creator uploaded as thumbnail. */
export interface ThumbnailRequest {
  readonly sourcePath: string;
  readonly signal: AbortSignal;
  readonly publish: Pick<Publisher, "put">;
}

/**
 * Makes `poster-<width>.avif|webp|jpg` of an uploaded picture.
 * Throws `upload.bad_image` when it is no picture, too big or animated beyond reason.
 */
export async function makeThumbnail(request: ThumbnailRequest): Promise<void> {
  throw new Error(`not built yet: ${request.sourcePath}`);
}
