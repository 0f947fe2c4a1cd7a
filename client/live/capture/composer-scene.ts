import type { CameraSize, Corner } from "./capture.rules.ts";
import { cropToShape, fitInside, placeCamera, type Rect, type Size } from "./layout.rules.ts";

/** What a composed picture is made of, besides the frames. */
export interface Scene {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly frameRate: number;
  readonly corner: Corner;
  readonly cameraSize: CameraSize;
  /** Words of the card that stands where there is no picture. */
  readonly title: string;
  readonly subtitle: string;
}

/** A picture that can be painted, with its size. */
export interface Picture extends Size {
  readonly image: CanvasImageSource;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const waterColors = ["#0a3a58", "#0a6780", "#14989b"] as const;
const fontStack = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** Paints one picture: the screen with the camera in its corner, the camera alone, or the card. */
export function paintScene(
  context: Context,
  scene: Scene,
  pictures: { screen: Picture | undefined; camera: Picture | undefined },
  nowMs: number,
): void {
  const stage = { width: scene.widthPx, height: scene.heightPx };
  const { screen, camera } = pictures;
  const whole = screen ?? camera;
  if (!whole) {
    paintCard(context, scene, nowMs);
    return;
  }
  context.fillStyle = "#03121a";
  context.fillRect(0, 0, stage.width, stage.height);
  paint(context, whole, fitInside(whole, stage));
  if (screen && camera) paintCorner(context, camera, placeCamera(stage, scene.corner, scene.cameraSize));
}

function paint(context: Context, { image }: Picture, { x, y, width, height }: Rect): void {
  context.drawImage(image, x, y, width, height);
}

function paintCorner(context: Context, camera: Picture, place: Rect): void {
  const from = cropToShape(camera, place);
  context.save();
  context.beginPath();
  context.roundRect(place.x, place.y, place.width, place.height, Math.round(place.height * 0.09));
  context.clip();
  context.drawImage(
    camera.image,
    from.x,
    from.y,
    from.width,
    from.height,
    place.x,
    place.y,
    place.width,
    place.height,
  );
  context.lineWidth = Math.max(2, place.height * 0.02);
  context.strokeStyle = "rgb(255 255 255 / 85%)";
  context.stroke();
  context.restore();
}

/** Deep water with the title: what viewers see when there is only sound, or the camera is off. */
function paintCard(context: Context, scene: Scene, nowMs: number): void {
  const { widthPx: width, heightPx: height } = scene;
  const water = context.createLinearGradient(0, 0, width, height);
  for (const [place, color] of waterColors.entries()) water.addColorStop(place / 2, color);
  context.fillStyle = water;
  context.fillRect(0, 0, width, height);
  for (const wave of [0, 1, 2]) paintWave(context, { width, height, wave, nowMs });
  context.fillStyle = "#ffffff";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `700 ${Math.round(height * 0.075)}px ${fontStack}`;
  context.fillText(scene.title, width / 2, height * 0.44, width * 0.86);
  context.globalAlpha = 0.85;
  context.font = `500 ${Math.round(height * 0.042)}px ${fontStack}`;
  context.fillText(scene.subtitle, width / 2, height * 0.545, width * 0.86);
  context.globalAlpha = 1;
}

/** Slow enough to cost next to nothing when it is encoded. */
function paintWave(
  context: Context,
  { width, height, wave, nowMs }: { width: number; height: number; wave: number; nowMs: number },
): void {
  const base = height * (0.74 + wave * 0.08);
  const shift = nowMs / (2600 + wave * 900) + wave * 1.7;
  context.beginPath();
  context.moveTo(0, height);
  for (let x = 0; x <= width; x += width / 48) {
    context.lineTo(x, base + Math.sin((x / width) * 7 + shift) * height * 0.022);
  }
  context.lineTo(width, height);
  context.closePath();
  context.fillStyle = "rgb(255 255 255 / 7%)";
  context.fill();
}
