import { A } from "@solidjs/router";
import { createEffect, createSignal, Match, onCleanup, Show, Switch } from "solid-js";
import { Icon } from "../../ui/icon.tsx";
import { ProblemNotice } from "../../ui/problem-notice.tsx";
import type { Broadcast } from "./broadcast.store.ts";
import { toEndProblem } from "./studio-texts.ts";

const lookMs = 1500;
/** A recording is there a moment after the end; what is not there by then will not come. */
const mostLooks = 12;

/** After the end: why, when that needs words, and the way to the recording. */
export function EndCard(props: { broadcast: Broadcast }) {
  const { own, life } = props.broadcast;
  const problem = () => {
    const { end } = life();
    return end ? toEndProblem(end) : undefined;
  };
  const wasOnAir = () => life().isKept;
  const stream = () => own.stream.value();
  const recordingId = () => {
    const id = stream()?.lastVideoId;
    return id && id === props.broadcast.lastBroadcastId() ? id : undefined;
  };
  const [looks, setLooks] = createSignal(0);
  const isExpected = () => wasOnAir() && stream()?.isRecorded === true && recordingId() === undefined;
  // the news of the end may be quicker than the recording
  createEffect(() => {
    if (!life().end) return void setLooks(0);
    if (!isExpected() || stream()?.state !== "idle" || looks() >= mostLooks) return;
    const timer = setTimeout(() => {
      own.stream.retry();
      setLooks((count) => count + 1);
    }, lookMs);
    onCleanup(() => clearTimeout(timer));
  });
  return (
    <Show when={life().end}>
      <section class="card end-card" aria-label="After the broadcast" data-testid="end-card">
        <Show when={problem()}>
          {(what) => <ProblemNotice problem={what()} onRetry={() => props.broadcast.go()} />}
        </Show>
        <Show when={wasOnAir()}>
          <Switch
            fallback={
              <p class="end-wait" role="status">
                <span class="spinner" />
                Off air. The recording is being closed…
              </p>
            }
          >
            <Match when={recordingId()}>
              {(id) => (
                <>
                  <p class="end-title">
                    <Icon name="check" />
                    Off air, and recorded.
                  </p>
                  <div class="button-row">
                    <A class="button button-primary" href={`/watch/${id()}`}>
                      <Icon name="play" filled />
                      Watch the recording
                    </A>
                    <A class="button" href={`/studio/${id()}`}>
                      <Icon name="pencil" />
                      Edit it
                    </A>
                  </div>
                </>
              )}
            </Match>
            <Match when={looks() >= mostLooks}>
              <p class="end-title">
                Off air. There is no recording: it was too short, or it could not be kept.
              </p>
            </Match>
            <Match when={stream()?.isRecorded === false}>
              <p class="end-title">
                <Icon name="check" />
                Off air. Nothing was recorded, as you wished.
              </p>
            </Match>
          </Switch>
        </Show>
      </section>
    </Show>
  );
}
