import { Show } from "solid-js";
import type { PagedVideos } from "./paged-videos.ts";

/** The way to the next page of a list. */
export function MoreButton(props: { list: PagedVideos }) {
  return (
    <Show when={props.list.hasMore()}>
      <div class="more">
        <button
          type="button"
          class="button"
          disabled={props.list.moreState() === "loading"}
          onClick={() => void props.list.showMore()}
        >
          {props.list.moreState() === "loading" ? "Loading…" : "Show more"}
        </button>
        <Show when={props.list.moreState() === "failed"}>
          <p class="field-error" role="alert">
            That did not come through. Try once more.
          </p>
        </Show>
      </div>
    </Show>
  );
}
