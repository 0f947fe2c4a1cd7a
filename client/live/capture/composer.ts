import { createCanvasComposer } from "./canvas-composer.ts";
import type { ComposerMessage } from "./composer-message.ts";
import type { Scene } from "./composer-scene.ts";

/** Makes one picture of several; its track stays the same whatever goes in. */
export interface Composer {
  readonly track: MediaStreamTrack;
  setScene(scene: Scene): void;
  /** `undefined`: nothing any more. The track stays its owner's to stop. */
  setInput(input: "screen" | "camera", track: MediaStreamTrack | undefined): void;
  close(): void;
}

/** In a worker where frames can go there (Chromium); on a canvas elsewhere. */
export function createComposer(scene: Scene): Composer {
  const canUseWorker = "MediaStreamTrackProcessor" in window && "MediaStreamTrackGenerator" in window;
  return canUseWorker ? createWorkerComposer(scene) : createCanvasComposer(scene);
}

function createWorkerComposer(scene: Scene): Composer {
  const worker = new Worker(new URL("./composer.worker.ts", import.meta.url), { type: "module" });
  const tell = (message: ComposerMessage, handOver: Transferable[] = []) =>
    worker.postMessage(message, handOver);
  const generator = new MediaStreamTrackGenerator({ kind: "video" });
  const inputs = new Map<string, MediaStreamTrack | undefined>();
  tell({ name: "open", frames: generator.writable }, [generator.writable]);
  tell({ name: "scene", scene });
  return {
    track: generator,
    setScene: (next) => tell({ name: "scene", scene: next }),
    setInput(input, track) {
      if (inputs.get(input) === track) return;
      inputs.set(input, track);
      const frames = track && new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable;
      tell({ name: "input", input, frames }, frames ? [frames] : []);
    },
    close() {
      generator.stop();
      worker.terminate();
    },
  };
}
