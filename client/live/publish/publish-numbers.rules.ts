/** One layer in one look at the statistics. */
export interface LayerSample {
  readonly rid: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly frameRate: number;
  readonly framesEncoded: number;
}

/** What `RTCPeerConnection.getStats` says at one moment (W3C webrtc-stats); counts grow for the connection's whole life. */
export interface PublishSample {
  readonly atMs: number;
  readonly layers: readonly LayerSample[];
  /** Everything. (The layers' own counts have the padding that tries out a line in them, so they say little.) */
  readonly bytesSent: number;
  readonly packetsSent: number;
  readonly packetsLost: number;
  readonly roundTripMs: number;
  /** `null`: not known yet. */
  readonly availableBps: number | null;
  readonly limitedBy: "none" | "cpu" | "bandwidth" | "other";
  readonly videoCodec: string | null;
}

/** A layer as it goes out at the moment; one that stands still is not sent. */
export interface LayerNumbers {
  readonly rid: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly frameRate: number;
  readonly isSent: boolean;
}

export interface PublishNumbers {
  readonly bitrateBps: number;
  readonly layers: readonly LayerNumbers[];
  /** 0 to 1, since the look before. */
  readonly packetLossRatio: number;
  readonly roundTripMs: number;
  readonly availableBps: number | null;
  readonly limitedBy: PublishSample["limitedBy"];
  readonly videoCodec: string | null;
}

type Stats = Readonly<Record<string, unknown>>;

function readNumber(stats: Stats | undefined, name: string): number {
  const value = stats?.[name];
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function readText(stats: Stats | undefined, name: string): string {
  const value = stats?.[name];
  return typeof value === "string" ? value : "";
}

function toLimit(texts: readonly string[]): PublishSample["limitedBy"] {
  for (const limit of ["cpu", "bandwidth", "other"] as const) if (texts.includes(limit)) return limit;
  return "none";
}

/** Takes what is needed out of a report; browsers leave out what they do not measure. */
export function toPublishSample(report: Iterable<Stats>, atMs: number): PublishSample {
  const all = [...report];
  const ofType = (type: string) => all.filter((stats) => stats.type === type);
  const outgoing = ofType("outbound-rtp");
  const video = outgoing.filter((stats) => stats.kind === "video");
  const heard = ofType("remote-inbound-rtp");
  const pair = ofType("candidate-pair").find(
    (stats) => stats.nominated === true && stats.state === "succeeded",
  );
  const codec = all.find((stats) => stats.id === video[0]?.codecId);
  const sum = (list: readonly Stats[], name: string) =>
    list.reduce((total, stats) => total + readNumber(stats, name), 0);
  return {
    atMs,
    layers: video
      .map((stats) => ({
        rid: readText(stats, "rid"),
        widthPx: readNumber(stats, "frameWidth"),
        heightPx: readNumber(stats, "frameHeight"),
        frameRate: readNumber(stats, "framesPerSecond"),
        framesEncoded: readNumber(stats, "framesEncoded"),
      }))
      .sort((a, b) => a.widthPx - b.widthPx),
    bytesSent: sum(outgoing, "bytesSent"),
    packetsSent: sum(outgoing, "packetsSent"),
    packetsLost: sum(heard, "packetsLost"),
    roundTripMs: Math.round(
      1000 *
        Math.max(
          readNumber(pair, "currentRoundTripTime"),
          ...heard.map((one) => readNumber(one, "roundTripTime")),
        ),
    ),
    availableBps:
      pair && "availableOutgoingBitrate" in pair ? readNumber(pair, "availableOutgoingBitrate") : null,
    limitedBy: toLimit(video.map((stats) => readText(stats, "qualityLimitationReason"))),
    videoCodec: readText(codec, "mimeType").split("/")[1]?.toLowerCase() ?? null,
  };
}

/** What happened between two looks at the same connection. */
export function toPublishNumbers(before: PublishSample, now: PublishSample): PublishNumbers {
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
  const layers = now.layers.map((layer) => {
    const earlier = before.layers.find((one) => one.rid === layer.rid);
    return {
      rid: layer.rid,
      widthPx: layer.widthPx,
      heightPx: layer.heightPx,
      frameRate: Math.round(layer.frameRate),
      isSent: layer.framesEncoded > (earlier?.framesEncoded ?? 0),
    };
  });
  const sent = now.packetsSent - before.packetsSent;
  const lost = now.packetsLost - before.packetsLost;
  return {
    bitrateBps: Math.max(0, Math.round(((now.bytesSent - before.bytesSent) * 8) / seconds)),
    layers,
    packetLossRatio: sent > 0 ? Math.min(1, Math.max(0, lost / sent)) : 0,
    roundTripMs: now.roundTripMs,
    availableBps: now.availableBps,
    limitedBy: now.limitedBy,
    videoCodec: now.videoCodec,
  };
}
