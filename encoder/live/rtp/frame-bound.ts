const maxFrameBytes = 16 * 1024 ** 2;
/** A frame of that size in packets; nobody cuts a picture into more. */
const maxFrameParts = 16 * 1024;

/** How much of one frame is kept: a publisher that never ends its frames must not fill the memory. */
export interface FrameBound {
  /** May a part of this size be kept too? Once it may not, none may until {@link FrameBound.reset}. */
  allows(sizeBytes: number): boolean;
  /** Another frame begins. */
  reset(): void;
}

/** Makes a {@link FrameBound}. */
export function createFrameBound(): FrameBound {
  let parts = 0;
  let bytes = 0;
  return {
    allows(sizeBytes) {
      parts += 1;
      bytes += sizeBytes;
      return parts <= maxFrameParts && bytes <= maxFrameBytes;
    },
    reset() {
      parts = 0;
      bytes = 0;
    },
  };
}
