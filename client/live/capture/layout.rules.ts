import type { CameraSize, Corner } from "./capture.rules.ts";

/** A rectangle in pixels, from the top left. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const shareOfWidth: Record<CameraSize, number> = { small: 0.18, medium: 0.25, large: 0.34 };
/** Distance of the corner picture from the edges, as a part of the height. */
const marginRatio = 0.035;

/** Everything of `inner`, as large as it goes, in the middle of `outer`. */
export function fitInside(inner: Size, outer: Size): Rect {
  const scale = Math.min(outer.width / inner.width, outer.height / inner.height);
  const width = Math.round(inner.width * scale);
  const height = Math.round(inner.height * scale);
  return {
    x: Math.round((outer.width - width) / 2),
    y: Math.round((outer.height - height) / 2),
    width,
    height,
  };
}

/** The middle part of `inner` that has the shape of `shape`: nothing of the place stays empty. */
export function cropToShape(inner: Size, shape: Size): Rect {
  const scale = Math.min(inner.width / shape.width, inner.height / shape.height);
  const width = Math.round(shape.width * scale);
  const height = Math.round(shape.height * scale);
  return {
    x: Math.round((inner.width - width) / 2),
    y: Math.round((inner.height - height) / 2),
    width,
    height,
  };
}

/** Where the camera lies over the screen: in a corner, in a 4:3 frame whatever the camera's shape is. */
export function placeCamera(stage: Size, corner: Corner, size: CameraSize): Rect {
  const margin = Math.round(stage.height * marginRatio);
  const width = Math.round(stage.width * shareOfWidth[size]);
  const height = Math.round((width * 3) / 4);
  return {
    x: corner.endsWith("left") ? margin : stage.width - width - margin,
    y: corner.startsWith("top") ? margin : stage.height - height - margin,
    width,
    height,
  };
}
