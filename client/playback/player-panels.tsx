import { For, type JSX, onMount, Show } from "solid-js";
import { isRetryable, type PlaybackFailure, toFailureSentence } from "./failure.rules.ts";
import { formatClock } from "./format.ts";
import { shortcutHelp } from "./keyboard.rules.ts";

/** Asked once, beside the picture and never in its way: nothing is sent to anybody before "yes". */
export function ConsentPanel(props: { answer(isAgreed: boolean): void }): JSX.Element {
  return (
    <section class="player-consent" aria-label="Share with other viewers" data-testid="consent">
      <p>
        <strong>Watch together?</strong> Viewers can hand pieces of this video to each other, which spares the
        server. They can then see your network address.
        <span class="player-consent-more"> You can change this in the settings at any time.</span>
      </p>
      <div class="player-consent-buttons">
        <button
          type="button"
          class="player-chip is-primary"
          data-testid="consent-yes"
          onClick={() => props.answer(true)}
        >
          Share with other viewers
        </button>
        <button
          type="button"
          class="player-chip"
          data-testid="consent-no"
          onClick={() => props.answer(false)}
        >
          No, thanks
        </button>
      </div>
    </section>
  );
}

/** What went wrong in a sentence, and a way out. */
export function FailurePanel(props: { readonly failure: PlaybackFailure; retry(): void }): JSX.Element {
  return (
    <div class="player-failure" role="alert" data-testid="player-failure" data-failure={props.failure}>
      <p>{toFailureSentence(props.failure)}</p>
      <Show when={isRetryable(props.failure)}>
        <button
          type="button"
          class="player-chip is-primary"
          data-testid="player-retry"
          onClick={() => props.retry()}
        >
          Try again
        </button>
      </Show>
    </div>
  );
}

/** Says that this is not the beginning, with a way back to it. */
export function ResumedHint(props: { readonly seconds: number; startOver(): void }): JSX.Element {
  return (
    <div class="player-resumed" role="status" data-testid="resumed">
      <span>Resumed at {formatClock(props.seconds)}</span>
      <button type="button" class="player-chip" onClick={() => props.startOver()}>
        Start over
      </button>
    </div>
  );
}

/** At the end: again, and whatever the page wants to offer next. */
export function EndScreen(props: { readonly children?: JSX.Element; replay(): void }): JSX.Element {
  return (
    <div class="player-end" data-testid="end-screen">
      <button type="button" class="player-chip is-primary" onClick={() => props.replay()}>
        Watch again
      </button>
      {props.children}
    </div>
  );
}

/** Every key that a player knows. */
export function HelpDialog(props: {
  readonly shortcuts?: readonly { readonly keys: readonly string[]; readonly does: string }[];
  close(): void;
}): JSX.Element {
  let dialog: HTMLDialogElement | undefined;
  onMount(() => dialog?.showModal());
  return (
    <dialog
      ref={dialog}
      class="player-help"
      aria-label="Keyboard shortcuts"
      data-testid="player-help"
      onClose={() => props.close()}
    >
      <h2>Keyboard shortcuts</h2>
      <dl>
        <For each={props.shortcuts ?? shortcutHelp}>
          {({ keys, does }) => (
            <div>
              <dt>
                <For each={keys}>{(key) => <kbd>{key}</kbd>}</For>
              </dt>
              <dd>{does}</dd>
            </div>
          )}
        </For>
      </dl>
      <form method="dialog">
        <button type="submit" class="player-chip is-primary">
          Close
        </button>
      </form>
    </dialog>
  );
}
