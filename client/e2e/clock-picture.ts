import type { BrowserContext, Page } from "@playwright/test";

/*
 * A clock that survives encoders: 32 bits of the time in black and white blocks, eight in a row, painted in place of the
 * camera's picture and read from whatever shows it.
 */

/** Blocks of the picture, and the size at which it is looked at: four pixels for each block's side. */
export const clockLook = { columns: 8, rows: 4, widthPx: 64, heightPx: 32 } as const;
const span = 2 ** 32;

/** A painted time, and when it was seen. Both in milliseconds since 1970. */
export interface Sighting {
  readonly shownMs: number;
  readonly seenAtMs: number;
}

/** Brings the low 32 bits of a time back to the time nearest to `nowMs`. */
export function toClockMs(low: number, nowMs: number): number {
  const behind = (((nowMs - low) % span) + span) % span;
  return nowMs - (behind > span / 2 ? behind - span : behind);
}

/** Reads the clock from a grey picture of {@link clockLook}'s size, one byte per pixel. */
export function readGreyClock(grey: Uint8Array, nowMs: number): number {
  const { columns, rows, widthPx, heightPx } = clockLook;
  let low = 0;
  for (let bit = 0; bit < 32; bit += 1) {
    const x = ((bit % columns) + 0.5) * (widthPx / columns);
    const y = (Math.floor(bit / columns) + 0.5) * (heightPx / rows);
    low = low * 2 + ((grey[y * widthPx + x] ?? 0) > 127 ? 1 : 0);
  }
  return toClockMs(low, nowMs);
}

/** Every camera that pages of this context open shows the clock; microphones stay what they are. */
export async function installClockCamera(
  context: BrowserContext,
  picture: { widthPx: number; heightPx: number; frameRate: number },
): Promise<void> {
  await context.addInitScript(({ widthPx, heightPx, frameRate }) => {
    if (!("mediaDevices" in navigator)) return;
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    const paint = (context: CanvasRenderingContext2D) => {
      const bits = (Date.now() % 2 ** 32).toString(2).padStart(32, "0");
      for (const [place, bit] of [...bits].entries()) {
        const [x, y] = [(place % 8) * (widthPx / 8), Math.floor(place / 8) * (heightPx / 4)];
        context.fillStyle = bit === "1" ? "#fff" : "#000";
        context.fillRect(x, y, widthPx / 8, heightPx / 4);
      }
    };
    mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      const [camera] = stream.getVideoTracks();
      const canvas = Object.assign(document.createElement("canvas"), { width: widthPx, height: heightPx });
      const context = canvas.getContext("2d");
      if (!camera || !context) return stream;
      camera.stop();
      setInterval(() => paint(context), 1000 / frameRate);
      paint(context);
      return new MediaStream([
        ...canvas.captureStream(frameRate).getVideoTracks(),
        ...stream.getAudioTracks(),
      ]);
    };
  }, picture);
}

declare global {
  interface Window {
    /** What {@link watchClock} saw: low 32 bits of the painted time, and when. */
    clockSightings: [low: number, seenAtMs: number][];
  }
}

/** Pages of this context look at the picture on stage ten times a second, and note each new time that it shows. */
export async function watchClock(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const sightings: Window["clockSightings"] = [];
    window.clockSightings = sightings;
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 32 });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const look = () => {
      const video = document.querySelector("video.is-front");
      if (!(video instanceof HTMLVideoElement) || video.readyState < video.HAVE_CURRENT_DATA) return;
      context?.drawImage(video, 0, 0, 64, 32);
      const pixels = context?.getImageData(0, 0, 64, 32).data;
      let low = 0;
      for (let bit = 0; bit < 32; bit += 1) {
        const pixel = (Math.floor(bit / 8) * 8 + 4) * 64 + (bit % 8) * 8 + 4;
        low = low * 2 + ((pixels?.[pixel * 4] ?? 0) > 127 ? 1 : 0);
      }
      if (low !== sightings.at(-1)?.[0]) sightings.push([low, Date.now()]);
    };
    setInterval(look, 100);
  });
}

/** Pictures that hold no clock, black ones for example, read as times far from now. */
const believableMs = 600_000;

/** What a page has seen of the clock since it was loaded. */
export async function readSightings(page: Page): Promise<Sighting[]> {
  const seen = await page.evaluate(() => window.clockSightings);
  return seen
    .map(([low, seenAtMs]) => ({ shownMs: toClockMs(low, seenAtMs), seenAtMs }))
    .filter(({ shownMs, seenAtMs }) => Math.abs(seenAtMs - shownMs) < believableMs);
}
