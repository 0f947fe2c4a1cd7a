import type { UserId } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import type { StreamId } from "#common/live/stream.ts";

/** How much may be on air at once, and for how long. */
export interface AirLimits {
  readonly maxOnAirPerAccount: number;
  readonly maxOnAir: number;
  readonly maxBroadcastHours: number;
}

/** A stream as far as limits look at it. */
interface AirStream {
  readonly id: StreamId;
  readonly ownerId: UserId;
}

/** Why this stream may not go on air beside those that are; `undefined`: it may. One that is on air already may go on. */
export function findAirRefusal(
  stream: AirStream,
  onAir: Iterable<AirStream>,
  limits: AirLimits,
): ShoalError | undefined {
  const others = [...onAir];
  if (others.some(({ id }) => id === stream.id)) return undefined;
  const own = others.filter(({ ownerId }) => ownerId === stream.ownerId).length;
  if (own >= limits.maxOnAirPerAccount) {
    return new ShoalError("stream.too_many", "End one of your other broadcasts first.");
  }
  if (others.length >= limits.maxOnAir) {
    return new ShoalError(
      "stream.too_many",
      "This server has as many broadcasts as it can carry. Try again later.",
    );
  }
  return undefined;
}

/** Has a broadcast been on air for as long as one may be? */
export function isTimeUp(
  startedAt: string | null,
  limits: Pick<AirLimits, "maxBroadcastHours">,
  nowMs: number,
): boolean {
  return startedAt !== null && nowMs - Date.parse(startedAt) >= limits.maxBroadcastHours * 3_600_000;
}
