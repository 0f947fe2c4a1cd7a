const samplesPerMs = 48;

/** Samples of 48 kHz in an Opus packet (RFC 6716 §3.1, §3.2); `undefined` when it is none. */
export function opusSamples(packet: Buffer): number | undefined {
  const [toc, second] = packet;
  if (toc === undefined) return undefined;
  const configuration = toc >> 3;
  const code = toc & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : (second ?? 0) & 0x3f;
  const samples = count * frameMs(configuration) * samplesPerMs;
  // §3.2.5: 120 ms at most
  return count > 0 && samples <= 120 * samplesPerMs ? samples : undefined;
}

/** Table 2. */
function frameMs(configuration: number): number {
  if (configuration < 12) return [10, 20, 40, 60][configuration % 4] ?? 20;
  if (configuration < 16) return [10, 20][configuration % 2] ?? 20;
  return [2.5, 5, 10, 20][configuration % 4] ?? 20;
}

/** Lengths of the silent packets, in samples, the longest first. */
const silences = [20, 10, 5, 2.5].map((ms, at) => ({
  samples: ms * samplesPerMs,
  // fullband CELT, mono, one frame of two bytes that decode to silence
  packet: Buffer.from([(31 - at) << 3, 0xff, 0xfe]),
}));

/** The shortest silence that there is, in samples. */
export const shortestSilenceSamples = 2.5 * samplesPerMs;

/** Packets of silence that last so long, to the nearest below. */
export function makeSilence(samples: number): Array<{ samples: number; packet: Buffer }> {
  const packets: Array<{ samples: number; packet: Buffer }> = [];
  let left = samples;
  for (const silence of silences) {
    for (; left >= silence.samples; left -= silence.samples) packets.push(silence);
  }
  return packets;
}
