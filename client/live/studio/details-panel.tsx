import { createMemo, Match, Switch } from "solid-js";
import { ChoiceGroup } from "../../ui/choice-group.tsx";
import { TextArea, TextField } from "../../ui/field.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Select } from "../../ui/select.tsx";
import { categories, categoryLabels } from "../../videos/categories.ts";
import { languageChoices, visibilityChoices } from "../../videos/video-details.ts";
import type { AutoSaver } from "./auto-saver.ts";
import { modeChoices, reconnectChoices, rewindChoices, type StreamDetails } from "./stream-details.ts";

const categoryChoices = categories.map((value) => ({ value, label: categoryLabels[value] }));

/** Whether the words have reached the front desk. */
function SaveNote(props: { saver: AutoSaver<StreamDetails> }) {
  const state = () => props.saver.saving().state;
  const failure = () => {
    const now = props.saver.saving();
    return now.state === "failed" ? now : undefined;
  };
  return (
    <p class="save-note" aria-live="polite">
      <Switch fallback="Saved as you write, on air too.">
        <Match when={Object.keys(props.saver.errors()).length > 0}>Not saved: see the marked field.</Match>
        <Match when={state() === "saving" || state() === "dirty"}>Saving…</Match>
        <Match when={state() === "saved"}>
          <Icon name="check" />
          Saved
        </Match>
        <Match when={failure()}>
          {(failed) => (
            <>
              <span class="field-error">Not saved. {failed().text}</span>
              <button type="button" class="button button-small" onClick={() => void props.saver.save()}>
                Save again
              </button>
            </>
          )}
        </Match>
      </Switch>
    </p>
  );
}

function Check(props: { label: string; hint: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label class="tick tick-described">
      <input
        type="checkbox"
        class="choice-input"
        checked={props.isOn}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>
        {props.label}
        <span class="choice-hint">{props.hint}</span>
      </span>
    </label>
  );
}

/** Rarely changed: what is kept, and for how long. */
function MoreFields(props: { saver: AutoSaver<StreamDetails> }) {
  const values = () => props.saver.values();
  const { change } = props.saver;
  return (
    <details class="more-fields">
      <summary>More</summary>
      <div class="form">
        <TextArea
          label="Description"
          maxlength="10000"
          value={values().description}
          error={props.saver.errors().description}
          onInput={(event) => change({ description: event.currentTarget.value })}
        />
        <Select
          label="When the connection is lost, wait"
          choices={reconnectChoices(values().reconnectWindow)}
          value={values().reconnectWindow}
          onChange={(reconnectWindow) => change({ reconnectWindow })}
        />
        <Select
          label="Viewers can go back"
          choices={rewindChoices(values().dvrWindow)}
          value={values().dvrWindow}
          onChange={(dvrWindow) => change({ dvrWindow })}
        />
        <Check
          label="Viewers may help to carry it"
          hint="Pieces travel from viewer to viewer, after each has agreed."
          isOn={values().peersAllowed}
          onChange={(peersAllowed) => change({ peersAllowed })}
        />
      </div>
    </details>
  );
}

/** What is written about a stream; saves itself. */
export function DetailsPanel(props: { saver: AutoSaver<StreamDetails> }) {
  const values = () => props.saver.values();
  const errors = () => props.saver.errors();
  const { change } = props.saver;
  const language = createMemo(() => values().language);
  const languages = createMemo(() => languageChoices(language()));
  return (
    <section class="card form" aria-labelledby="details-panel-title">
      <div>
        <h2 id="details-panel-title" class="panel-title">
          About this stream
        </h2>
        <SaveNote saver={props.saver} />
      </div>
      <TextField
        label="Title"
        maxlength="150"
        required
        value={values().title}
        error={errors().title}
        onInput={(event) => change({ title: event.currentTarget.value })}
      />
      <div class="field-pair">
        <Select
          label="Category"
          choices={categoryChoices}
          value={values().category}
          onChange={(category) => change({ category })}
        />
        <Select
          label="Language"
          choices={languages()}
          value={language()}
          onChange={(chosen) => change({ language: chosen })}
        />
      </div>
      <ChoiceGroup
        label="How it travels"
        choices={modeChoices}
        value={values().mode}
        onChange={(mode) => change({ mode })}
      />
      <Select
        label="Who may watch"
        choices={visibilityChoices}
        value={values().visibility}
        onChange={(visibility) => change({ visibility })}
        hint={visibilityChoices.find(({ value }) => value === values().visibility)?.hint ?? ""}
      />
      <TextField
        label="Announce it for"
        type="datetime-local"
        hint="Viewers see a countdown and can put it into their calendar."
        value={values().scheduledAt}
        error={errors().scheduledAt}
        onInput={(event) => change({ scheduledAt: event.currentTarget.value })}
      />
      <Check
        label="Record it"
        hint="Afterwards it is a video on your channel."
        isOn={values().isRecorded}
        onChange={(isRecorded) => change({ isRecorded })}
      />

      <MoreFields saver={props.saver} />
    </section>
  );
}
