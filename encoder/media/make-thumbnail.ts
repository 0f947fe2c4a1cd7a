import { ShoalError } from "#common/errors.ts";
import { throwIfCancelled } from "./ffmpeg-runner.ts";
import { openPicture, publishPosters } from "./poster.ts";
import type { Publisher } from "./publisher.port.ts";

/** A picture that a creator uploaded as thumbnail. */
export interface ThumbnailRequest {
  readonly sourcePath: string;
  readonly signal: AbortSignal;
  readonly publish: Pick<Publisher, "put">;
}

/** Known by their bytes; drawings (SVG, PDF) are programs in disguise and stay out. */
const acceptedFormats = ["jpeg", "png", "webp", "gif", "heif", "tiff"];
const largestSidePx = 12_000;

/**
 * Makes `poster-<width>.avif|webp|jpg` of an uploaded picture; of an animation, its first frame.
 * Throws `upload.bad_image` when it is no picture or too big, `encode.cancelled` when called off.
 */
export async function makeThumbnail(request: ThumbnailRequest): Promise<void> {
  try {
    const { format, width = 0, height = 0 } = await openPicture(request.sourcePath).metadata();
    if (!acceptedFormats.includes(format ?? "")) throw new Error(`a picture of kind ${format}`);
    if (Math.max(width, height) > largestSidePx) throw new Error(`a picture of ${width} × ${height}`);
    await publishPosters(request.sourcePath, request);
  } catch (cause) {
    throwIfCancelled(request.signal);
    if (cause instanceof ShoalError) throw cause;
    throw new ShoalError(
      "upload.bad_image",
      `This picture cannot be used. Take a JPEG, PNG or WebP of at most ${largestSidePx} pixels a side.`,
      { cause },
    );
  }
}
