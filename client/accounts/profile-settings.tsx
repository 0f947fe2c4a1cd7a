import { Show } from "solid-js";
import { type OwnUser, updateUserInputSchema } from "#common/accounts/user.ts";
import { api } from "../app/api.ts";
import { TextArea, TextField } from "../ui/field.tsx";
import { createForm } from "../ui/form.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { showToast } from "../ui/toast.tsx";
import { enterSession } from "./session.store.ts";
import { SettingsSection } from "./settings-section.tsx";

/** What others see of the account. */
export function ProfileSettings(props: { user: OwnUser }) {
  const { displayName, handle, bio } = props.user;
  const form = createForm({
    initial: { displayName, handle, bio },
    schema: updateUserInputSchema,
    fieldOfCode: { "account.handle_taken": "handle" },
    submit: async (input) => {
      enterSession(await api.accounts.update.mutate(input));
      showToast("Your profile is saved.");
    },
  });
  return (
    <SettingsSection title="Profile" lead="What everybody sees on your channel and beside your videos.">
      <Show when={form.problem()}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
      <form class="form" onSubmit={form.submit} novalidate>
        <TextField label="Name" maxlength="60" autocomplete="nickname" {...form.field("displayName")} />
        <TextField
          label="Handle"
          hint="Links to your channel change with it."
          autocapitalize="none"
          autocomplete="username"
          spellcheck={false}
          {...form.field("handle")}
        />
        <TextArea label="About you" maxlength="1000" {...form.field("bio")} />
        <div>
          <button type="submit" class="button button-primary" disabled={form.isSending()}>
            Save the profile
          </button>
        </div>
      </form>
    </SettingsSection>
  );
}
