import { createSignal, onCleanup, onMount, Show } from "solid-js";
import type { SoundInput } from "../capture/sound-mixer.ts";
import type { Stage } from "../capture/stage.ts";

const speakingLevel = 0.55;
const heldLooks = 20;

/** A bar as long as the sound is loud. It does not speak: who needs words hears that they are muted. */
export function SoundMeter(props: { stage: Stage; input: SoundInput }) {
  const [isUnheard, setIsUnheard] = createSignal(false);
  let bar: HTMLSpanElement | undefined;
  let frame = 0;
  let shown = 0;
  let loudLooks = 0;
  const draw = () => {
    const level = props.stage.readMeter(props.input);
    const isMuted = props.stage.muted()[props.input];
    // falls slower than it rises, as the eye follows
    shown = level > shown ? level : Math.max(level, shown - 0.02);
    bar?.style.setProperty("scale", `${isMuted ? 0 : shown} 1`);
    loudLooks =
      isMuted && level > speakingLevel ? Math.min(heldLooks * 3, loudLooks + 1) : Math.max(0, loudLooks - 1);
    setIsUnheard(loudLooks > heldLooks);
    frame = requestAnimationFrame(draw);
  };
  onMount(draw);
  onCleanup(() => cancelAnimationFrame(frame));
  return (
    <>
      <span class="meter" aria-hidden="true" data-testid={`meter-${props.input}`}>
        <span class="meter-fill" ref={bar} />
      </span>
      <Show when={isUnheard()}>
        <span class="meter-note" role="status">
          You are muted.
        </span>
      </Show>
    </>
  );
}
