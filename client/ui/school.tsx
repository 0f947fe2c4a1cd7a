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

/** A school on its way to the right: dense at the front, thinning out behind. */
function makeSchool(seed: string, count: number): Fish[] {
  const random = createRandom(hashText(seed));
  return Array.from({ length: count }, (_, place) => {
    const behind = place / count;
    const x = width * (0.88 - behind * 0.82) + (random() - 0.5) * 60;
    const spread = height * (0.16 + 0.62 * Math.sin(Math.PI * Math.min(1, behind + 0.12)));
    const y = height / 2 + (random() - 0.5) * spread + Math.sin(behind * 4) * 14;
    const size = 0.55 + random() * 1.15;
    const turn = (random() - 0.5) * 16;
    return {
      transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${turn.toFixed(1)}) scale(${size.toFixed(2)})`,
      depth: size > 1.25 ? "school-near" : size > 0.85 ? "school-middle" : "school-far",
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
