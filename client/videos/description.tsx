import {
  createMemo,
  createSignal,
  createUniqueId,
  For,
  Match,
  onCleanup,
  onMount,
  Show,
  Switch,
} from "solid-js";
import { type DescriptionPart, toDescriptionParts } from "./description-parts.ts";

interface DescriptionProps {
  readonly text: string;
  readonly durationSeconds: number;
  readonly onSeek: (atSeconds: number) => void;
}

function Part(props: { part: DescriptionPart; onSeek: (atSeconds: number) => void }) {
  const link = () => (props.part.kind === "link" ? props.part : undefined);
  const time = () => (props.part.kind === "time" ? props.part : undefined);
  return (
    <Switch fallback={props.part.text}>
      <Match when={link()}>
        {(part) => (
          // what a stranger links to gets neither our address nor our good name
          <a href={part().href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {part().text}
          </a>
        )}
      </Match>
      <Match when={time()}>
        {(part) => (
          <button type="button" class="time-link" onClick={() => props.onSeek(part().atSeconds)}>
            <span class="visually-hidden">Go to </span>
            {part().text}
          </button>
        )}
      </Match>
    </Switch>
  );
}

/** The description, folded when it is long. */
export function Description(props: DescriptionProps) {
  const [isOpen, setIsOpen] = createSignal(false);
  const [isLong, setIsLong] = createSignal(false);
  const id = createUniqueId();
  const parts = createMemo(() => toDescriptionParts(props.text, props.durationSeconds));
  let words: HTMLParagraphElement | undefined;
  onMount(() => {
    const observer = new ResizeObserver(() => {
      if (words && !isOpen()) setIsLong(words.scrollHeight > words.clientHeight + 2);
    });
    if (words) observer.observe(words);
    onCleanup(() => observer.disconnect());
  });
  return (
    <div class="description">
      <p id={id} ref={words} class="description-text" classList={{ "description-folded": !isOpen() }}>
        <For each={parts()}>{(part) => <Part part={part} onSeek={props.onSeek} />}</For>
      </p>
      <Show when={isLong()}>
        <button
          type="button"
          class="button button-quiet button-small description-toggle"
          aria-expanded={isOpen()}
          aria-controls={id}
          onClick={() => setIsOpen(!isOpen())}
        >
          {isOpen() ? "Show less" : "Show more"}
        </button>
      </Show>
    </div>
  );
}
