import { A } from "@solidjs/router";
import { createSignal, type JSX, onCleanup, Show } from "solid-js";
import { Icon } from "../../ui/icon.tsx";
import { School } from "../../ui/school.tsx";
import { toCountdownWords, toSpokenCountdown, toStartWords, toWaitWords } from "./live-words.rules.ts";

/** The time, once a second. */
function createClock(): () => number {
  const [nowMs, setNowMs] = createSignal(Date.now());
  const timer = window.setInterval(() => setNowMs(Date.now()), 1_000);
  onCleanup(() => window.clearInterval(timer));
  return nowMs;
}

/** In the place of the picture while the streamer is away. */
export function SlatePanel(props: {
  readonly seed: string;
  readonly reconnectUntil: string | null;
}): JSX.Element {
  const nowMs = createClock();
  return (
    <div class="live-slate" data-testid="slate">
      <School seed={props.seed} count={24} />
      <div class="live-slate-words">
        <p class="live-slate-title">The streamer lost the connection. Back in a moment…</p>
        <p class="live-slate-text">{toWaitWords(props.reconnectUntil, nowMs())}</p>
      </div>
    </div>
  );
}

/** When it is over: what was seen can be seen again, once it is a video. */
export function EndedPanel(props: {
  readonly seed: string;
  readonly recordingId: string | undefined;
  readonly isClosing: boolean;
  readonly handle: string;
}): JSX.Element {
  return (
    <div class="live-slate" data-testid="ended">
      <School seed={props.seed} count={24} />
      <div class="live-slate-words">
        <p class="live-slate-title">The stream has ended</p>
        <Show when={props.isClosing && !props.recordingId}>
          <p class="live-slate-text">If it was recorded, the video is here in a moment.</p>
        </Show>
        <div class="button-row live-slate-actions">
          <Show when={props.recordingId}>
            {(id) => (
              <A class="button button-primary" href={`/watch/${id()}`}>
                <Icon name="play" filled />
                Watch the recording
              </A>
            )}
          </Show>
          <A class="button" href={`/@${props.handle}`}>
            Go to the channel
          </A>
        </div>
      </div>
    </div>
  );
}

/** Before it starts: when that is, and how not to miss it. The page goes on by itself. */
export function WaitingPanel(props: {
  readonly streamId: string;
  readonly scheduledAt: string | null;
  readonly lastVideoId: string | null;
}): JSX.Element {
  const nowMs = createClock();
  const leftMs = () => (props.scheduledAt === null ? undefined : Date.parse(props.scheduledAt) - nowMs());
  return (
    <div class="live-slate live-waiting" data-testid="waiting">
      <School seed={props.streamId} count={36} />
      <div class="live-slate-words">
        <Show when={props.scheduledAt} fallback={<p class="live-slate-title">This stream is off air</p>}>
          {(at) => (
            <>
              <p class="live-slate-text">
                <time datetime={at()}>{toStartWords(at())}</time>
              </p>
              <p class="live-slate-title live-countdown">
                <Show when={(leftMs() ?? 0) > 0} fallback="It starts any moment now">
                  Starts in <span class="numeric">{toCountdownWords(leftMs() ?? 0)}</span>
                </Show>
              </p>
              <p class="visually-hidden" role="status">
                {toSpokenCountdown(leftMs() ?? 0)}
              </p>
            </>
          )}
        </Show>
        <p class="live-slate-text">Leave this page open: it begins by itself when the stream does.</p>
        <div class="button-row live-slate-actions">
          <Show when={(leftMs() ?? 0) > 0}>
            <a
              class="button"
              href={`/api/streams/${props.streamId}/calendar.ics`}
              rel="external"
              download="stream.ics"
            >
              <Icon name="clock" />
              Add to your calendar
            </a>
          </Show>
          <Show when={props.lastVideoId}>
            {(id) => (
              <A class="button" href={`/watch/${id()}`}>
                <Icon name="play" filled />
                Watch the last stream
              </A>
            )}
          </Show>
        </div>
      </div>
    </div>
  );
}
