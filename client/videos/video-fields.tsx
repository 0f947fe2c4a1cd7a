import { createMemo, Match, Switch } from "solid-js";
import { ChoiceGroup } from "../ui/choice-group.tsx";
import { TextArea, TextField } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Select } from "../ui/select.tsx";
import { TagInput } from "../ui/tag-input.tsx";
import { categories, categoryLabels } from "./categories.ts";
import type { DetailsSaver } from "./details-saver.ts";
import { languageChoices, visibilityChoices } from "./video-details.ts";
import "./video-fields.css";

const categoryChoices = categories.map((value) => ({ value, label: categoryLabels[value] }));

/** What a creator writes about a video; saves itself. */
export function VideoFields(props: { saver: DetailsSaver }) {
  const details = () => props.saver.details();
  const errors = () => props.saver.errors();
  const language = createMemo(() => details().language);
  const languages = createMemo(() => languageChoices(language()));
  return (
    <div class="video-fields">
      <div class="form">
        <TextField
          label="Title"
          maxlength="150"
          required
          value={details().title}
          error={errors().title}
          onInput={(event) => props.saver.change({ title: event.currentTarget.value })}
        />
        <TextArea
          label="Description"
          hint="What is it about? Times such as 1:30 become links into the video."
          maxlength="10000"
          value={details().description}
          error={errors().description}
          onInput={(event) => props.saver.change({ description: event.currentTarget.value })}
        />
        <TagInput
          label="Tags"
          hint="Words that help others find it. Enter or a comma adds one."
          tags={details().tags}
          error={errors().tags}
          onChange={(tags) => props.saver.change({ tags })}
        />
      </div>
      <div class="form">
        <ChoiceGroup
          label="Who may watch"
          choices={visibilityChoices}
          value={details().visibility}
          onChange={(visibility) => props.saver.change({ visibility })}
        />
        <div class="video-fields-pair">
          <Select
            label="Category"
            choices={categoryChoices}
            value={details().category}
            onChange={(category) => props.saver.change({ category })}
          />
          <Select
            label="Language"
            choices={languages()}
            value={language()}
            onChange={(language) => props.saver.change({ language })}
          />
        </div>
      </div>
    </div>
  );
}

/** Whether the words have reached the front desk. */
export function SaveNote(props: { saver: DetailsSaver; whenClean?: string }) {
  const failed = () => {
    const now = props.saver.saving();
    return now.state === "failed" ? now : undefined;
  };
  const state = () => props.saver.saving().state;
  return (
    <p class="save-note" aria-live="polite">
      <Switch fallback={props.whenClean ?? ""}>
        <Match when={Object.keys(props.saver.errors()).length > 0}>
          Not saved: see the fields marked above.
        </Match>
        <Match when={state() === "saving" || state() === "dirty"}>Saving…</Match>
        <Match when={state() === "saved"}>
          <Icon name="check" />
          Saved
        </Match>
        <Match when={failed()}>
          {(failure) => (
            <>
              <span class="field-error">Not saved. {failure().text}</span>
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
