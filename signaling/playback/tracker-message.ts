import { z } from "zod";

/** Bytes that a message to the tracker may have: five offers with all their candidates are well below. */
export const maxMessageBytes = 64 * 1024;
/** Offers that one announce may carry; p2p-media-loader sends five. */
const maxOffers = 10;

/** 20 bytes, each as the character of that code: how the WebTorrent protocol writes ids. */
const binaryIdSchema = z.string().regex(/^[\0-\xff]{20}$/);
const sdpSchema = z.string().min(1).max(16_384);

/** What viewers may say to the tracker: what is not named here is left out, what is another shape is refused. */
export const announceSchema = z.object({
  action: z.literal("announce"),
  info_hash: binaryIdSchema,
  peer_id: binaryIdSchema,
  event: z.enum(["started", "stopped", "completed", "update", "paused", "empty"]).optional(),
  // JSON has no Infinity: a client that does not know what is left says null
  left: z.number().nullish(),
  offers: z
    .array(
      z.object({
        offer: z.object({ type: z.literal("offer"), sdp: sdpSchema }),
        offer_id: binaryIdSchema,
      }),
    )
    .max(maxOffers)
    .optional(),
  answer: z.object({ type: z.literal("answer"), sdp: sdpSchema }).optional(),
  to_peer_id: binaryIdSchema.optional(),
  offer_id: binaryIdSchema.optional(),
});
/** A message of a viewer to the tracker. */
export type Announce = z.infer<typeof announceSchema>;

/** Reads a message; `undefined` for whatever is not an announce as it should be. */
export function parseAnnounce(text: string): Announce | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = announceSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { answer, to_peer_id, offer_id } = parsed.data;
  // an answer goes to somebody about something
  if (answer && (to_peer_id === undefined || offer_id === undefined)) return undefined;
  return parsed.data;
}
