import { toMeter } from "./capture.rules.ts";

/** What can be heard. */
export type SoundInput = "microphone" | "screen";

interface Channel {
  source: MediaStreamAudioSourceNode | undefined;
  readonly before: AnalyserNode;
  readonly gain: GainNode;
}

/** A step that nobody hears as a click. */
const fadeSeconds = 0.015;
const samples = new Float32Array(1024);

/**
 * Microphone and screen as one sound. Its track stays the same whatever goes in, so that a viewer never hears a change of
 * devices as a break; without any input it is silence.
 */
export class SoundMixer {
  readonly track: MediaStreamTrack;
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  readonly #channels: Record<SoundInput, Channel>;
  readonly #after: AnalyserNode;

  constructor() {
    const context = this.#context;
    // voice and music together are louder than either: what goes beyond is held back instead of being cut off
    const limiter = new DynamicsCompressorNode(context, {
      threshold: -3,
      knee: 0,
      ratio: 20,
      attack: 0.002,
      release: 0.1,
    });
    this.#after = new AnalyserNode(context, { fftSize: samples.length });
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 2 });
    limiter.connect(this.#after).connect(out);
    const makeChannel = (): Channel => {
      const before = new AnalyserNode(context, { fftSize: samples.length });
      const gain = new GainNode(context);
      before.connect(gain).connect(limiter);
      return { source: undefined, before, gain };
    };
    this.#channels = { microphone: makeChannel(), screen: makeChannel() };
    const [track] = out.stream.getAudioTracks();
    if (!track) throw new Error("this browser mixes no sound");
    this.track = track;
  }

  /** Browsers let sound begin only after a click; every click that opens something comes here. */
  async resume(): Promise<void> {
    if (this.#context.state !== "running") await this.#context.resume().catch(() => {});
  }

  /** The track stays its owner's to stop. */
  setInput(input: SoundInput, track: MediaStreamTrack | undefined): void {
    const channel = this.#channels[input];
    channel.source?.disconnect();
    channel.source =
      track && new MediaStreamAudioSourceNode(this.#context, { mediaStream: new MediaStream([track]) });
    channel.source?.connect(channel.before);
  }

  /** 0: muted; 1: as it comes. */
  setVolume(input: SoundInput, volume: number): void {
    this.#channels[input].gain.gain.setTargetAtTime(volume, this.#context.currentTime, fadeSeconds);
  }

  /** 0 to 1 of a meter: an input before it is muted, or `undefined` for what viewers hear. */
  readMeter(input?: SoundInput): number {
    const analyser = input === undefined ? this.#after : this.#channels[input].before;
    analyser.getFloatTimeDomainData(samples);
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    return toMeter(peak);
  }

  async close(): Promise<void> {
    this.track.stop();
    for (const { source } of Object.values(this.#channels)) source?.disconnect();
    if (this.#context.state !== "closed") await this.#context.close();
  }
}
