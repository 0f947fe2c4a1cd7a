import { A } from "@solidjs/router";
import { Match, Show, Switch } from "solid-js";
import { Icon } from "../../ui/icon.tsx";
import { ProblemNotice } from "../../ui/problem-notice.tsx";
import type { Broadcast } from "./broadcast.store.ts";
import { toEndProblem } from "./studio-texts.ts";

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
