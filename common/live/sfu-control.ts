import { z } from "zod";
import { recordIdSchema } from "../accounts/user.ts";

/**
 * The sfu's control interface, JSON over HTTP on its internal address with `Authorization: Bearer <internalToken>`.
 * A room has the id of its stream. Refusals are error bodies as everywhere (`common/errors.ts`).
 *
 * | call | body → answer |
 * |---|---|
 * | `GET /live/state?after=<version>` | → `sfuStateSchema`; waits up to 10 s for a version other than `after` |
 * | `POST /live/rooms/{roomId}/publisher` | `publishRequestSchema` → `sdpAnswerSchema` (201) |
 * | `PATCH /live/rooms/{roomId}/publisher/{sessionId}` | `sdpPatchSchema` → `sdpPatchedSchema` |
 * | `DELETE /live/rooms/{roomId}/publisher/{sessionId}` | → `{}`; the publisher has left on purpose |
 * | `POST /live/rooms/{roomId}/plain-publisher` | `plainPublishRequestSchema` → `plainPublisherSchema` (RTMP's way in) |
 * | `POST /live/rooms/{roomId}/viewers` | `viewRequestSchema` → `viewAnswerSchema` (201); `stream.full` without room |
 * | `PATCH /live/rooms/{roomId}/viewers/{sessionId}` | `sdpPatchSchema` → `sdpPatchedSchema` |
 * | `PUT /live/rooms/{roomId}/viewers/{sessionId}/display` | `viewerDisplaySchema` → `{}` |
 * | `DELETE /live/rooms/{roomId}/viewers/{sessionId}` | → `{}` |
 * | `DELETE /live/rooms/{roomId}/viewers` | → `{}`; ends all: who may watch has become another question |
 * | `POST /live/rooms/{roomId}/taps` | `tapRequestSchema` → `tapSchema`: plain RTP of one layer or the sound |
 * | `POST /live/rooms/{roomId}/taps/{tapId}/key-frame` | → `{}` |
 * | `DELETE /live/rooms/{roomId}/taps/{tapId}` | → `{}` |
 * | `DELETE /live/rooms/{roomId}` | → `{}`; ends publisher, viewers and taps |
 * | `PUT /live/rooms/{roomId}/origin` | `roomOriginSchema` → `{}`: this node becomes an edge of the room |
 * | `POST /live/rooms/{roomId}/pipes` | `pipeRequestSchema` → `pipeSchema`: asked by an edge of the origin |
 * | `DELETE /live/rooms/{roomId}/pipes/{pipeId}` | → `{}` |
 */
export const sfuControlPath = "/live";

const sdpSchema = z
  .string()
  .min(1)
  .max(64 * 1024);

/** A publisher by WebRTC: an SDP offer of a WHIP client (RFC 9725 §4.2). */
export const publishRequestSchema = z.object({ sdpOffer: sdpSchema });

/** The SDP answer for a session, and the entity tag of its ICE session, with its quotes (RFC 9725 §4.3.1). */
export const sdpAnswerSchema = z.object({ sessionId: z.string(), sdp: z.string(), etag: z.string() });
/** The SDP answer for a session. */
export type SdpAnswer = z.infer<typeof sdpAnswerSchema>;

/**
 * A change of a session: `application/trickle-ice-sdpfrag` (RFC 8840) with candidates, or with new ICE credentials for a
 * restart; or, for a viewer who was given an offer, the `application/sdp` answer.
 */
export const sdpPatchSchema = z.object({
  kind: z.enum(["fragment", "answer"]),
  sdp: sdpSchema,
  /** The `If-Match` of the request; `null`: it had none. */
  ifMatch: z.string().max(200).nullable(),
});
/** `sdp`: our fragment after an ICE restart; `null`: there is nothing to say (204). */
export const sdpPatchedSchema = z.object({ sdp: z.string().nullable(), etag: z.string() });

/** One RTP stream as a plain-RTP publisher (FFmpeg) sends it. */
export const plainTrackSchema = z.object({
  kind: z.enum(["audio", "video"]),
  /** RTP codec name in lower case: `opus`, `h264`, `vp8`. */
  codec: z.string(),
  payloadType: z.int().min(96).max(127),
  ssrc: z.int().positive(),
});
/** A publisher by plain RTP over UDP. */
export const plainPublishRequestSchema = z.object({ tracks: z.array(plainTrackSchema).min(1).max(2) });
/**
 * Where each track is to be sent, in the order of the request. RTCP has ports of its own: FFmpeg sends it from another socket,
 * first, and mediasoup takes packets of a port from the first sender alone.
 */
export const plainPublisherSchema = z.object({
  sessionId: z.string(),
  host: z.string(),
  ports: z.array(z.int().positive()),
  rtcpPorts: z.array(z.int().positive()),
});
/** Where the tracks of a plain publisher are to be sent. */
export type PlainPublisher = z.infer<typeof plainPublisherSchema>;

/** Somebody wants to watch: with a WHEP client's offer, or `null` to be given one. */
export const viewRequestSchema = z.object({ sdpOffer: sdpSchema.nullable() });
/** The session; `kind` says what `sdp` is. An `offer` waits for its answer in a PATCH. */
export const viewAnswerSchema = sdpAnswerSchema.extend({ kind: z.enum(["answer", "offer"]) });
/** The session of a viewer. */
export type ViewAnswer = z.infer<typeof viewAnswerSchema>;

/** What a viewer's page shows: the layer is chosen by it; a hidden page gets sound alone. */
export const viewerDisplaySchema = z.object({
  /** Height of the picture on screen in device pixels; `null`: as good as can be. */
  heightPx: z.int().positive().max(16_384).nullable(),
  isVisible: z.boolean(),
});
/** What a viewer's page shows. */
export type ViewerDisplay = z.infer<typeof viewerDisplaySchema>;

/** Plain RTP of one track, sent to an address on this machine or network (FFmpeg listens there). */
export const tapRequestSchema = z.object({
  kind: z.enum(["audio", "video"]),
  /** Simulcast layer, 0 the smallest; `null` or absent for sound and for a picture without layers. */
  layer: z.int().nonnegative().nullable(),
  host: z.string(),
  /** Even; RTP goes there and RTCP to the next one. */
  port: z.int().positive(),
});
/** What is needed to write the SDP file of a receiver. */
export const tapSchema = z.object({
  tapId: z.string(),
  codec: z.string(),
  payloadType: z.int(),
  clockRateHz: z.int().positive(),
  channelCount: z.int().nonnegative(),
  ssrc: z.int().positive(),
  /** Value of `a=fmtp:` after the payload type; empty: none. */
  formatParameters: z.string(),
  /** Where the sfu sends from, and where its RTCP is heard: a receiver must not take packets from elsewhere. */
  source: z.object({ host: z.string(), port: z.int().positive() }),
});
/** What is needed to write the SDP file of a receiver. */
export type Tap = z.infer<typeof tapSchema>;

/** Base address of the sfu node that has the publisher. */
export const roomOriginSchema = z.object({ url: z.url() });
/** An edge's end of a pipe (mediasoup PipeTransport) for one of its routers. */
export const pipeRequestSchema = z.object({
  host: z.string(),
  port: z.int().positive(),
  srtpKey: z.string().nullable(),
});
/** The origin's end, and the RTP parameters of every producer, as mediasoup's `consume` made them. */
export const pipeSchema = z.object({
  pipeId: z.string(),
  /** Of the publisher that is piped. */
  sessionId: z.string(),
  host: z.string(),
  port: z.int().positive(),
  srtpKey: z.string().nullable(),
  producers: z.array(z.object({ id: z.string(), kind: z.enum(["audio", "video"]), rtpParameters: z.json() })),
});

/** One simulcast layer as it arrives. */
export const layerStateSchema = z.object({
  /** 0 the smallest. */
  layer: z.int().nonnegative(),
  rid: z.string(),
  bitrateBps: z.int().nonnegative(),
  isActive: z.boolean(),
});

/** Who sends into a room. */
export const publisherStateSchema = z.object({
  sessionId: z.string(),
  via: z.enum(["webrtc", "plain"]),
  /** `connecting`: ICE and DTLS are under way; `live`: media arrives; `silent`: none for 3 s, or the link is lost. */
  state: z.enum(["connecting", "live", "silent"]),
  videoCodec: z.string().nullable(),
  audioCodec: z.string().nullable(),
  layers: z.array(layerStateSchema),
  bitrateBps: z.int().nonnegative(),
  /** 0 to 1, over the last seconds. */
  packetLossRatio: z.number().min(0).max(1),
  roundTripMs: z.number().nonnegative(),
});
/** Who sends into a room. */
export type PublisherState = z.infer<typeof publisherStateSchema>;

/** One room of a node. */
export const roomStateSchema = z.object({
  roomId: recordIdSchema,
  publisher: publisherStateSchema.nullable(),
  /** The last publisher ended its session on purpose, and nobody has come since. */
  hasLeft: z.boolean().optional(),
  /** Base address of the origin when this node is an edge of the room. */
  originUrl: z.string().nullable(),
  viewerCount: z.int().nonnegative(),
});
/** One room of a node. */
export type RoomState = z.infer<typeof roomStateSchema>;

/** An sfu node and all its rooms. */
export const sfuStateSchema = z.object({
  /** Grows with every change that matters at once (publisher, rooms); numbers alone do not count. */
  version: z.int().nonnegative(),
  nodeId: z.string(),
  region: z.string(),
  viewerCount: z.int().nonnegative(),
  /** Viewers that it takes; beyond it `stream.full`. */
  maxViewerCount: z.int().nonnegative(),
  rooms: z.array(roomStateSchema),
});
/** An sfu node and all its rooms. */
export type SfuState = z.infer<typeof sfuStateSchema>;

/** Body of `PUT /internal/sfu-nodes/{nodeId}` at the front desk: a node says every 2 s that it is there. */
export const sfuNodeSchema = z.object({
  nodeId: z.string().regex(/^[a-z0-9-]{1,60}$/),
  /** Base address of its control interface, as the front desk and the encoder reach it. */
  url: z.url({ protocol: /^https?$/ }),
  region: z.string().max(60),
  maxViewerCount: z.int().nonnegative(),
});
/** A node that says that it is there. */
export type SfuNode = z.infer<typeof sfuNodeSchema>;
