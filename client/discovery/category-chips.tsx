import { For } from "solid-js";
import type { VideoCategory } from "#common/videos/video.ts";
import { categories, categoryLabels } from "../videos/categories.ts";

/** Categories in a row; the chosen one is in the address. */
export function CategoryChips(props: { chosen: VideoCategory | undefined }) {
  return (
    <nav class="chips" aria-label="Categories">
      <a class="chip" href="/" noScroll aria-current={props.chosen ? undefined : "true"}>
        All
      </a>
      <For each={categories}>
        {(name) => (
          <a
            class="chip"
            href={`/?category=${name}`}
            noScroll
            aria-current={props.chosen === name ? "true" : undefined}
          >
            {categoryLabels[name]}
          </a>
        )}
      </For>
    </nav>
  );
}
