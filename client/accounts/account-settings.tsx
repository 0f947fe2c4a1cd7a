import { useNavigate } from "@solidjs/router";
import { createSignal, Show } from "solid-js";
import { z } from "zod";
import { type OwnUser, passwordSchema } from "#common/accounts/user.ts";
import { api } from "../app/api.ts";
import { toProblem } from "../app/problem.ts";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { createForm } from "../ui/form.ts";
import { formatBytes } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { showToast } from "../ui/toast.tsx";
import { enterSession, leaveSession } from "./session.store.ts";
import { SettingsSection } from "./settings-section.tsx";

const changeSchema = z.object({
  oldPassword: z.string().min(1, "Write your present password."),
  newPassword: passwordSchema,
});
const removeSchema = z.object({ password: z.string().min(1, "Write your password.") });

function Address(props: { user: OwnUser }) {
  const [state, setState] = createSignal<"idle" | "sending" | "sent">("idle");
  const ask = async () => {
    setState("sending");
    try {
      await api.accounts.requestVerification.mutate();
      setState("sent");
      showToast(`A mail is on its way to ${props.user.email}.`);
    } catch (error) {
      setState("idle");
      showToast(toProblem(error).text, "problem");
    }
  };
  return (
    <div class="settings-row">
      <div>
        <p class="field-label">Mail address</p>
        <p>{props.user.email}</p>
      </div>
      <Show
        when={!props.user.verified}
        fallback={
          <span class="badge badge-done">
            <Icon name="check" />
            Confirmed
          </span>
        }
      >
        <button
          type="button"
          class="button button-small"
          disabled={state() !== "idle"}
          onClick={() => void ask()}
        >
          <Icon name="mail" />
          {state() === "sent" ? "Mail sent" : "Confirm it"}
        </button>
      </Show>
    </div>
  );
}

function Storage(props: { user: OwnUser }) {
  const share = () => props.user.storedBytes / props.user.limits.storedBytes;
  return (
    <div class="settings-storage">
      <p class="field-label">Storage</p>
      <ProgressBar label="Storage in use" progress={share()} tone={share() > 0.9 ? "broken" : "moving"} />
      <p class="field-hint">
        {formatBytes(props.user.storedBytes)} of {formatBytes(props.user.limits.storedBytes)} in use,{" "}
        {formatBytes(props.user.limits.fileBytes)} per file at most.
      </p>
    </div>
  );
}

function Password() {
  const form = createForm({
    initial: { oldPassword: "", newPassword: "" },
    schema: changeSchema,
    fieldOfCode: { "auth.wrong_credentials": "oldPassword" },
    submit: async (input) => {
      const { user } = await api.accounts.changePassword.mutate(input);
      enterSession(user);
      form.reset();
      showToast("Your password is changed. Other devices are logged out.");
    },
  });
  return (
    <form class="form" onSubmit={form.submit} novalidate>
      <Show when={form.problem()}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
      <TextField
        label="Present password"
        type="password"
        autocomplete="current-password"
        {...form.field("oldPassword")}
      />
      <TextField
        label="New password"
        hint="At least 10 characters. A short sentence works well."
        type="password"
        autocomplete="new-password"
        {...form.field("newPassword")}
      />
      <div>
        <button type="submit" class="button" disabled={form.isSending()}>
          Change the password
        </button>
      </div>
    </form>
  );
}

function RemoveAccount() {
  const navigate = useNavigate();
  const [isOpen, setIsOpen] = createSignal(false);
  const form = createForm({
    initial: { password: "" },
    schema: removeSchema,
    fieldOfCode: { "auth.wrong_credentials": "password" },
    submit: async (input) => {
      await api.accounts.remove.mutate(input);
      setIsOpen(false);
      leaveSession();
      navigate("/", { replace: true });
      showToast("Your account and your videos are deleted.");
    },
  });
  return (
    <>
      <button type="button" class="button button-danger" onClick={() => setIsOpen(true)}>
        <Icon name="trash" />
        Delete the account
      </button>
      <Dialog
        title="Delete your account?"
        text="Your account, your channel and all your videos are deleted. Nobody can bring them back."
        isOpen={isOpen()}
        onClose={() => setIsOpen(false)}
      >
        <form class="form" onSubmit={form.submit} novalidate>
          <Show when={form.problem()}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
          <TextField
            label="Your password"
            type="password"
            autocomplete="current-password"
            {...form.field("password")}
          />
          <div class="button-row button-row-end">
            <button type="button" class="button button-quiet" onClick={() => setIsOpen(false)}>
              Keep it
            </button>
            <button type="submit" class="button button-danger" disabled={form.isSending()}>
              Delete everything
            </button>
          </div>
        </form>
      </Dialog>
    </>
  );
}

/** What only the account itself sees: address, storage, password, the end. */
export function AccountSettings(props: { user: OwnUser }) {
  return (
    <>
      <SettingsSection title="Account" lead={`Your role here: ${props.user.role}.`}>
        <Address user={props.user} />
        <Storage user={props.user} />
      </SettingsSection>
      <SettingsSection title="Password" lead="Changing it logs out every other device.">
        <Password />
      </SettingsSection>
      <SettingsSection title="Leaving" lead="Deletes your account, your channel and all your videos.">
        <div>
          <RemoveAccount />
        </div>
      </SettingsSection>
    </>
  );
}
