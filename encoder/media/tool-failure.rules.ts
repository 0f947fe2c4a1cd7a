import { ShoalError } from "#common/errors.ts";
import { ToolFailure } from "./ffmpeg-runner.ts";
import { EmptyTrackError } from "./packager.ts";

/** What FFmpeg's last words mean for the person who uploaded the file. */
export function toEncodeError(cause: unknown): unknown {
  if (cause instanceof EmptyTrackError) return unreadable(cause);
  if (!(cause instanceof ToolFailure)) return cause;
  const { output } = cause;
  if (/No space left on device/.test(output)) {
    return new ShoalError("encode.failed", "This server has no room left for the video. Try again later.", {
      cause,
    });
  }
  if (/Cannot allocate memory/.test(output)) {
    return new ShoalError("encode.limit_exceeded", "Encoding this file would need too much memory.", {
      cause,
    });
  }
  if (/Decoder .*not found|Unknown decoder|unsupported|not supported|not implemented/i.test(output)) {
    return new ShoalError("encode.unsupported", "This file uses a format that cannot be decoded here.", {
      cause,
    });
  }
  if (
    /Invalid data|Error while decoding|Error decoding|does not contain any stream|matches no streams|Invalid argument|Conversion failed/i.test(
      output,
    )
  ) {
    return unreadable(cause);
  }
  return new ShoalError(
    "encode.failed",
    "Encoding failed. Try again; if it fails again, the file may be damaged.",
    {
      cause,
    },
  );
}

function unreadable(cause: unknown): ShoalError {
  return new ShoalError("encode.unreadable", "This file is damaged: it could not be decoded.", { cause });
}
