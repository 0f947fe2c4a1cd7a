import { createSignal, For, type JSX, Show } from "solid-js";
import { type StatsLine, toStatsText } from "./stats.rules.ts";
import { SwarmPicture } from "./swarm-picture.tsx";
import type { SwarmReading } from "./swarm-tally.ts";

/** The overlay of numbers: the swarm as a picture, where there is one, and everything in lines. */
export function StatsPanel(props: {
  readonly lines: readonly StatsLine[];
  readonly swarm: SwarmReading | undefined;
  readonly isServerBusy: boolean;
  close(): void;
}): JSX.Element {
  const [isCopied, setCopied] = createSignal(false);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(toStatsText(props.lines));
      setCopied(true);
    } catch {
      // without permission the numbers can still be selected
    }
  }

  return (
    <section
      class="player-stats"
      classList={{ "is-plain": props.swarm === undefined }}
      aria-label="Stats for nerds"
      data-testid="stats"
    >
      <Show when={props.swarm}>
        {(swarm) => <SwarmPicture swarm={swarm()} isServerBusy={props.isServerBusy} />}
      </Show>
      <dl class="player-stats-lines">
        <For each={props.lines.map(({ name }) => name)}>
          {(name) => {
            const line = () => props.lines.find((candidate) => candidate.name === name);
            return (
              <div>
                <dt>{line()?.label}</dt>
                <dd data-testid={`stats-${name}`} data-value={line()?.value}>
                  {line()?.text}
                </dd>
              </div>
            );
          }}
        </For>
      </dl>
      <div class="player-stats-buttons">
        <button type="button" class="player-chip" onClick={() => void copy()}>
          {isCopied() ? "Copied" : "Copy"}
        </button>
        <button type="button" class="player-chip" onClick={() => props.close()}>
          Close
        </button>
      </div>
    </section>
  );
}
