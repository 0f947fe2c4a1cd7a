import { errorBodySchema } from "#common/errors.ts";
import { type Problem, toProblemOfCode } from "../app/error-text.ts";
import { toProblem } from "../app/problem.ts";

const uploadTimeoutMs = 60_000;

/** Sends a picture to stand for a video; answers what went wrong, or nothing. The new picture is made later. */
export async function putThumbnail(videoId: string, picture: Blob): Promise<Problem | undefined> {
  try {
    const response = await fetch(`/api/videos/${encodeURIComponent(videoId)}/thumbnail`, {
      method: "PUT",
      body: picture,
      headers: { "content-type": picture.type || "application/octet-stream" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(uploadTimeoutMs),
    });
    if (response.ok) return undefined;
    const body = errorBodySchema.safeParse(await response.json());
    return toProblemOfCode(body.data?.error.code);
  } catch (error) {
    return toProblem(error);
  }
}
