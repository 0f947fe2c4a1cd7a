/** What a picture is before it is encoded. */
export interface PictureFacts {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly frameRate: number;
}

/** One simulcast layer, as `sendEncodings` and `setParameters` take it; `rid` names it on the wire (RFC 8851). */
export interface LayerEncoding {
  readonly rid: string;
  readonly active: boolean;
  readonly scaleResolutionDownBy: number;
  readonly maxBitrate: number;
}

/** From small to large, as the sfu counts layers. */
export const layerNames = ["l", "m", "h"] as const;

/**
 * libwebrtc sends no more layers than fit the size of the source (kSimulcastFormats in video/config/simulcast.cc), and leaves
 * out the last of the list: the largest picture, if it stood there.
 */
const threeLayersPx = 960 * 540;
const twoLayersPx = 480 * 270;

export function countLayers({ widthPx, heightPx }: PictureFacts): 1 | 2 | 3 {
  const sizePx = widthPx * heightPx;
  if (sizePx >= threeLayersPx) return 3;
  return sizePx >= twoLayersPx ? 2 : 1;
}

const referencePx = 1280 * 720;
const referenceBps = 2_500_000;
const leastBps = 100_000;

/** A good picture of this size and rate: 2.5 Mbit/s for 720p30; larger ones need less per pixel, faster ones per frame. */
export function toBitrateBps({ widthPx, heightPx, frameRate }: PictureFacts): number {
  const bySize = ((widthPx * heightPx) / referencePx) ** 0.75;
  const byRate = Math.sqrt(Math.max(frameRate, 10) / 30);
  return Math.max(leastBps, Math.round((referenceBps * bySize * byRate) / 10_000) * 10_000);
}

/** A quarter, half and all of the picture; for small sources fewer, the largest of which is always the whole. */
export function toEncodings(picture: PictureFacts): LayerEncoding[] {
  const count = countLayers(picture);
  return layerNames.map((rid, place) => {
    const scaleResolutionDownBy = 2 ** Math.max(0, count - 1 - place);
    const maxBitrate = toBitrateBps({
      widthPx: picture.widthPx / scaleResolutionDownBy,
      heightPx: picture.heightPx / scaleResolutionDownBy,
      frameRate: picture.frameRate,
    });
    return { rid, active: place < count, scaleResolutionDownBy, maxBitrate };
  });
}

export function sumBitrateBps(encodings: readonly LayerEncoding[]): number {
  return encodings.reduce((sum, { active, maxBitrate }) => sum + (active ? maxBitrate : 0), 0);
}

const mostStartBps = 3_000_000;

/** Where the estimate of the line begins: high enough for the large layer from the first second on. */
export function toStartBitrateBps(encodings: readonly LayerEncoding[], knownBps?: number): number {
  const wished = Math.min(mostStartBps, sumBitrateBps(encodings) * 0.6);
  return Math.round(knownBps === undefined ? wished : Math.min(wished, knownBps * 0.7));
}

/** A voice; music and what a computer plays want more. */
export function toAudioBitrateBps(isRich: boolean): number {
  return isRich ? 160_000 : 96_000;
}

/** A codec of `RTCRtpSender.getCapabilities`. */
export interface OfferedCodec {
  readonly mimeType: string;
  readonly sdpFmtpLine?: string;
}

const codecOrder = ["video/h264", "video/vp8", "video/vp9", "video/av1"];

function rankCodec({ mimeType, sdpFmtpLine = "" }: OfferedCodec): number {
  const type = mimeType.toLowerCase();
  // retransmissions belong to all of them
  if (type === "video/rtx") return codecOrder.length * 10;
  const place = codecOrder.indexOf(type);
  if (place === -1) return -1;
  // RFC 6184 §6.2: single NAL units alone; nobody receives them
  if (type === "video/h264" && !sdpFmtpLine.includes("packetization-mode=1")) return -1;
  // 10 bit
  if (type === "video/vp9" && /profile-id=[1-9]/.test(sdpFmtpLine)) return -1;
  // constrained baseline is decoded everywhere
  return place * 10 + (type === "video/h264" && !sdpFmtpLine.includes("profile-level-id=42e0") ? 1 : 0);
}

/** H.264 first: it is copied into the recording and to the crowd as it comes. */
export function orderCodecs<Codec extends OfferedCodec>(codecs: readonly Codec[]): Codec[] {
  return codecs
    .map((codec) => ({ codec, rank: rankCodec(codec) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .map(({ codec }) => codec);
}

/** Two temporal layers where every encoder of the codec has them: viewers on weak lines lose frames before sharpness. */
export function toScalabilityMode(codecs: readonly OfferedCodec[]): "L1T2" | undefined {
  const [first] = orderCodecs(codecs);
  return first && first.mimeType.toLowerCase() !== "video/h264" ? "L1T2" : undefined;
}
