import { makeLadder } from "../../media/ladder.rules.ts";
import type { LiveRung } from "../live-args.ts";

/** An encode must keep up with life: nothing above this. */
const maxShortSidePx = 720;
const maxRungs = 3;
/** Each rung has at most about half the lines of the one above it. */
const stepFactor = 0.7;
const assumedRate = { num: 30, den: 1 };

/** The rungs of a picture that is encoded while it arrives, from the largest to the smallest; three at most. */
export function chooseLiveRungs(picture: { widthPx: number; heightPx: number }): LiveRung[] {
  const { rungs } = makeLadder({ ...picture, frameRate: assumedRate });
  const shortSide = (rung: LiveRung) => Math.min(rung.widthPx, rung.heightPx);
  const chosen: LiveRung[] = [];
  for (const rung of rungs) {
    const last = chosen.at(-1);
    const isSmallEnough = shortSide(rung) <= (last ? shortSide(last) * stepFactor : maxShortSidePx);
    if (isSmallEnough && chosen.length < maxRungs) chosen.push(rung);
  }
  return chosen.length > 0 ? chosen : rungs.slice(-1);
}
