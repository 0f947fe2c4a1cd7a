import { ShoalError } from "#common/errors.ts";
import type { VideoState } from "#common/videos/video-state.ts";
import { isUploadable } from "../videos/videos.rules.ts";

/** What an owner may still send. */
export interface UploadAllowance {
  /** Bytes that one file may have. */
  readonly fileBytes: number;
  /** Bytes that the owner's originals may have together. */
  readonly storedLimitBytes: number;
  /** Bytes that the owner's finished originals have. */
  readonly storedBytes: number;
}

/**
 * Throws `upload.too_large` or `upload.quota_exceeded` when a file of that many bytes does not fit;
 * `inFlightBytes` is what the owner's other unfinished uploads have taken or announced.
 */
export function assertFits(allowance: UploadAllowance, inFlightBytes: number, sizeBytes: number): void {
  if (sizeBytes > allowance.fileBytes) {
    throw new ShoalError("upload.too_large", `A file may have at most ${toHumanBytes(allowance.fileBytes)}.`);
  }
  const leftBytes = Math.max(0, allowance.storedLimitBytes - allowance.storedBytes - inFlightBytes);
  if (sizeBytes > leftBytes) {
    throw new ShoalError(
      "upload.quota_exceeded",
      `You have ${toHumanBytes(leftBytes)} of ${toHumanBytes(allowance.storedLimitBytes)} left. Delete videos that you do not need.`,
    );
  }
}

/** Throws unless a new upload of a video in this state may begin; `unfinished` is the one that it has, if any. */
export function assertMayBegin(state: VideoState, unfinished: { offsetBytes: number } | undefined): void {
  if (!isUploadable(state)) {
    throw new ShoalError("upload.already_complete", "This video has its file already.");
  }
  if (unfinished && unfinished.offsetBytes > 0) {
    throw new ShoalError(
      "video.wrong_state",
      "An upload of this video has begun. Continue it, or delete it and start anew.",
    );
  }
}

/** The name of a file without the folders and signs that it must not have; empty when nothing is left. */
export function toFileName(text: string | null | undefined): string {
  const name = (text ?? "").split(/[/\\]/).at(-1) ?? "";
  const printable = name.replaceAll(/\p{C}/gu, "").trim();
  return printable.slice(0, 255);
}

/** Bytes for people, as `1.5 GiB`. */
export function toHumanBytes(sizeBytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(sizeBytes, 1)) / 10));
  return `${Number((sizeBytes / 1024 ** power).toFixed(1))} ${units[power]}`;
}
