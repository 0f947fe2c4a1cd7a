/** One coded picture or one block of sound on its way to another site, in the order of decoding. */
export interface RestreamSample {
  readonly kind: "audio" | "video";
  /** Since the broadcast began. */
  readonly decodeSeconds: number;
  /** How much later it is shown; 0 without B-frames. */
  readonly compositionSeconds: number;
  readonly isSync: boolean;
  /** H.264 NAL units with lengths of 4 bytes in front (ISO 14496-15 §5.3.2), or one raw AAC block. */
  readonly data: Buffer;
  /** AVCDecoderConfigurationRecord (ISO 14496-15 §5.3.3.1) or AudioSpecificConfig (ISO 14496-3 §1.6.2.1). */
  readonly decoderConfig: Buffer;
}

/** Where samples come from while a broadcast is on air: its best rung in H.264 and its sound in AAC. */
export interface RestreamSource {
  /** Hears every sample from now on; returns how to stop. */
  subscribe(listener: (sample: RestreamSample) => void): () => void;
}
