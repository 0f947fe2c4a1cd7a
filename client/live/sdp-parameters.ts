const lineEnd = "\r\n";

/**
 * Adds format parameters (RFC 8866 §6.15) to every codec whose `a=rtpmap:` value fits; what it has already is kept.
 */
export function withFormatParameters(
  sdp: string,
  codec: RegExp,
  parameters: Readonly<Record<string, string | number>>,
): string {
  const lines = sdp.split(/\r?\n/).filter((line) => line !== "");
  const starts = new Set(
    lines.flatMap((line) => {
      const [, payloadType, name] = /^a=rtpmap:(\d+) (.+)$/.exec(line) ?? [];
      return payloadType !== undefined && name !== undefined && codec.test(name)
        ? [`a=fmtp:${payloadType} `]
        : [];
    }),
  );
  const startOf = (line: string) => [...starts].find((start) => line.startsWith(start));
  const described = new Set(lines.map(startOf));
  const changed = lines.flatMap((line) => {
    const start = startOf(line);
    if (start) return [start + merge(line.slice(start.length), parameters)];
    const bare = line.startsWith("a=rtpmap:")
      ? line.replace("a=rtpmap:", "a=fmtp:").replace(/ .*$/, " ")
      : "";
    return starts.has(bare) && !described.has(bare) ? [line, bare + merge("", parameters)] : [line];
  });
  return changed.join(lineEnd) + lineEnd;
}

function merge(known: string, parameters: Readonly<Record<string, string | number>>): string {
  const names = new Set(known.split(";").map((one) => one.split("=")[0]?.trim()));
  const added = Object.entries(parameters).filter(([name]) => !names.has(name));
  return [...(known === "" ? [] : [known]), ...added.map(([name, value]) => `${name}=${value}`)].join(";");
}

const opusCodec = /^opus\/48000/i;
const videoCodec = /^(H264|VP8|VP9|AV1)\/90000/i;

/** Two channels (RFC 7587 §7): a sender that is not told so sends one. */
export function withStereo(sdp: string): string {
  return withFormatParameters(sdp, opusCodec, { stereo: 1, "sprop-stereo": 1 });
}

/**
 * Chromium begins its estimate of a line at 300 kbit/s unless the answer says otherwise; others ignore the parameter. Who
 * sends knows the layers, so this goes before what the server says.
 */
export function withStartBitrate(sdp: string, startBps: number): string {
  const bare = sdp.replace(/;?x-google-start-bitrate=\d+/g, "");
  return withFormatParameters(bare, videoCodec, { "x-google-start-bitrate": Math.round(startBps / 1000) });
}
