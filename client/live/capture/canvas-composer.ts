import type { Composer } from "./composer.ts";
import { type Picture, paintScene, type Scene } from "./composer-scene.ts";

/** The same on a canvas of the page, beaten by a worker's clock: the page's own sleeps while nobody looks. */
export function createCanvasComposer(firstScene: Scene): Composer {
  let scene = firstScene;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false });
  const [track] = canvas.captureStream().getVideoTracks();
  if (!track || !context) throw new Error("this browser takes no picture of a canvas");
  const videos = { screen: makeVideo(), camera: makeVideo() };
  const clock = new Worker(new URL("./clock.worker.ts", import.meta.url), { type: "module" });

  function paint(): void {
    if (!context) return;
    if (canvas.width !== scene.widthPx) canvas.width = scene.widthPx;
    if (canvas.height !== scene.heightPx) canvas.height = scene.heightPx;
    const pictures = { screen: toPicture(videos.screen), camera: toPicture(videos.camera) };
    paintScene(context, scene, pictures, performance.now());
  }
  clock.addEventListener("message", paint);
  clock.postMessage(1000 / scene.frameRate);
  paint();

  return {
    track,
    setScene(next) {
      if (next.frameRate !== scene.frameRate) clock.postMessage(1000 / next.frameRate);
      scene = next;
      paint();
    },
    setInput(input, track) {
      const video = videos[input];
      if (video.srcObject instanceof MediaStream && video.srcObject.getVideoTracks()[0] === track) return;
      video.srcObject = track ? new MediaStream([track]) : null;
      if (track) void video.play().catch(() => {});
    },
    close() {
      clock.terminate();
      track.stop();
      for (const video of Object.values(videos)) video.srcObject = null;
    },
  };
}

function makeVideo(): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  return video;
}

function toPicture(video: HTMLVideoElement): Picture | undefined {
  if (video.srcObject === null || video.videoWidth === 0) return undefined;
  return { image: video, width: video.videoWidth, height: video.videoHeight };
}
