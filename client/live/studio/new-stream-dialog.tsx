import { createSignal, Show } from "solid-js";
import type { CreatedStream, StreamMode } from "#common/live/stream.ts";
import type { VideoVisibility } from "#common/videos/video.ts";
import { api } from "../../app/api.ts";
import type { Problem } from "../../app/error-text.ts";
import { toProblem } from "../../app/problem.ts";
import { ChoiceGroup } from "../../ui/choice-group.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { Icon } from "../../ui/icon.tsx";
import { ProblemNotice } from "../../ui/problem-notice.tsx";
import { visibilityChoices } from "../../videos/video-details.ts";
import { checkStreamDetails, modeChoices, newStreamDetails, toCreateInput } from "./stream-details.ts";

interface NewStreamProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onMade: (stream: CreatedStream) => void;
}

/** The few things that a new stream needs; everything else is on its page. */
export function NewStreamDialog(props: NewStreamProps) {
  const [title, setTitle] = createSignal("");
  const [visibility, setVisibility] = createSignal<VideoVisibility>("public");
  const [mode, setMode] = createSignal<StreamMode>("realtime");
  const [scheduledAt, setScheduledAt] = createSignal("");
  const [titleError, setTitleError] = createSignal<string>();
  const [problem, setProblem] = createSignal<Problem>();
  const [isSending, setIsSending] = createSignal(false);

  const make = async (event: SubmitEvent) => {
    event.preventDefault();
    const details = {
      ...newStreamDetails,
      title: title(),
      visibility: visibility(),
      mode: mode(),
      scheduledAt: scheduledAt(),
    };
    const errors = checkStreamDetails(details);
    setTitleError(errors.title);
    if (errors.title || isSending()) return;
    setProblem(undefined);
    setIsSending(true);
    try {
      props.onMade(await api.streams.create.mutate(toCreateInput(details)));
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setIsSending(false);
    }
  };
  return (
    <Dialog
      title="New stream"
      text="A stream keeps its address, and goes on air as often as you like."
      isOpen={props.isOpen}
      onClose={props.onClose}
    >
      <form class="form" onSubmit={(event) => void make(event)} noValidate>
        <Show when={problem()}>{(what) => <ProblemNotice problem={what()} />}</Show>
        <TextField
          label="Title"
          maxlength="150"
          required
          placeholder="What is it about?"
          value={title()}
          error={titleError()}
          onInput={(event) => {
            setTitle(event.currentTarget.value);
            setTitleError(undefined);
          }}
        />
        <ChoiceGroup label="How it travels" choices={modeChoices} value={mode()} onChange={setMode} />
        <ChoiceGroup
          label="Who may watch"
          isRow
          choices={visibilityChoices.map(({ value, label }) => ({ value, label }))}
          value={visibility()}
          onChange={setVisibility}
        />
        <TextField
          label="Announce it for (if not now)"
          type="datetime-local"
          value={scheduledAt()}
          onInput={(event) => setScheduledAt(event.currentTarget.value)}
        />
        <div class="button-row button-row-end">
          <button type="button" class="button button-quiet" onClick={() => props.onClose()}>
            Not now
          </button>
          <button type="submit" class="button button-primary" disabled={isSending()}>
            <Icon name="plus" />
            Make it
          </button>
        </div>
      </form>
    </Dialog>
  );
}
