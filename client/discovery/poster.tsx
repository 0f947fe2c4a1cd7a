import { Show } from "solid-js";
import { Icon } from "../ui/icon.tsx";
import { tintClass } from "../ui/seed.ts";
import "../ui/school.css";
import "./video-card.css";

/** A video's picture in its best form; its channel's water until there is one. */
export function Poster(props: { posterUrl: string | null; handle: string; isEager?: boolean }) {
  return (
    <Show
      when={props.posterUrl}
      fallback={
        <span class={`poster-missing ${tintClass(props.handle)}`}>
          <Icon name="play" filled />
        </span>
      }
    >
      {(url) => (
        <picture class="poster">
          <source type="image/avif" srcset={url().replace(/\.jpg$/, ".avif")} />
          <source type="image/webp" srcset={url().replace(/\.jpg$/, ".webp")} />
          <img
            src={url()}
            alt=""
            loading={props.isEager ? "eager" : "lazy"}
            decoding="async"
            width="640"
            height="360"
          />
        </picture>
      )}
    </Show>
  );
}
