import { For } from "solid-js";
import { createRandom, hashText } from "./seed.ts";
import "./school.css";

const fishPath =
  "M0 0c3-4.800 9.900-6 16.700 0-6.800 6-13.700 4.800-16.700 0-.9 1.200-2.300 2.200-3.900 2.500.7-1.600.7-3.400 0-5 1.600.3 3 1.300 3.900 2.500Z";
const width = 600;
const height = 240;

interface Fish {
  readonly transform: string;
  readonly depth: string;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const candidateCount = 14;

/** A drop that swims to the right: broad in front, a thin tail behind. */
function makePlace(random: () => number): Place {
  // the square root fills a wedge evenly
  const along = random() ** 0.6;
  const breadth = Math.sin(Math.PI * along ** 1.7) * 0.8 + 0.2;
  return {
    x: width * (0.03 + 0.93 * along),
    y: height * (0.5 + (random() - 0.5) * breadth) + Math.sin(along * 5) * 12,
  };
}

function findNearest(place: Place, others: readonly Place[]): number {
  // fish are longer than they are high
  return Math.min(...others.map(({ x, y }) => Math.hypot((place.x - x) * 0.55, place.y - y)));
}

/** A school on its way to the right. Each fish takes the freest of some places: near the others, in nobody's way. */
function makeSchool(seed: string, count: number): Fish[] {
  const random = createRandom(hashText(seed));
  const places: Place[] = [];
  return Array.from({ length: count }, () => {
    const candidates = Array.from({ length: candidateCount }, () => makePlace(random));
    const place = candidates.reduce((best, one) =>
      findNearest(one, places) > findNearest(best, places) ? one : best,
    );
    places.push(place);
    const size = 0.5 + random() ** 1.6 * 1.1;
    const turn = Math.cos((place.x / width) * 5) * 9 + (random() - 0.5) * 8;
    return {
      transform: `translate(${place.x.toFixed(1)} ${place.y.toFixed(1)}) rotate(${turn.toFixed(1)}) scale(${size.toFixed(2)})`,
      depth: size > 1.05 ? "school-near" : size > 0.7 ? "school-middle" : "school-far",
    };
  });
}

/** Decoration: the same seed swims the same school. */
export function School(props: { seed: string; count?: number }) {
  return (
    <svg
      class="school"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
    >
      <For each={makeSchool(props.seed, props.count ?? 46)}>
        {(fish) => (
          <g class={fish.depth}>
            <path d={fishPath} transform={fish.transform} />
          </g>
        )}
      </For>
    </svg>
  );
}
