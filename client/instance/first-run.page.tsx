import { A, useNavigate } from "@solidjs/router";
import { Show } from "solid-js";
import { registerInputSchema } from "#common/accounts/user.ts";
import { AuthLayout } from "../accounts/auth-layout.tsx";
import { readLinkToken } from "../accounts/link-token.ts";
import { enterSession } from "../accounts/session.store.ts";
import { api } from "../app/api.ts";
import { toProblemOfCode } from "../app/error-text.ts";
import { TextField } from "../ui/field.tsx";
import { createForm } from "../ui/form.ts";
import { createPageTitle } from "../ui/page-title.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { showToast } from "../ui/toast.tsx";
import { currentInstance, refreshInstance } from "./instance.store.ts";

export function FirstRunPage() {
  createPageTitle(() => "Set up");
  const navigate = useNavigate();
  const token = readLinkToken();
  const form = createForm({
    initial: { handle: "", email: "", password: "" },
    schema: registerInputSchema,
    fieldOfCode: { "account.email_taken": "email", "account.handle_taken": "handle" },
    submit: async ({ handle, email, password }) => {
      const { user } = await api.instance.createFirstAdmin.mutate({ token, handle, email, password });
      enterSession(user);
      await refreshInstance();
      showToast("Your Shoal is set up. You are its administrator.");
      navigate("/upload", { replace: true });
    },
  });
  return (
    <AuthLayout title="Your Shoal is running" lead="Make the first account. It administers everything here.">
      <Show
        when={currentInstance()?.needsFirstAdmin !== false}
        fallback={
          <ProblemNotice problem={toProblemOfCode("instance.already_set_up")}>
            <A class="button button-small" href="/login">
              Log in
            </A>
          </ProblemNotice>
        }
      >
        <Show
          when={token}
          fallback={
            <p class="muted">
              Open the link that the server printed when it started: it carries the one-time key that belongs
              here.
            </p>
          }
        >
          <Show when={form.problem()}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
          <form class="form" onSubmit={form.submit} novalidate>
            <TextField
              label="Handle"
              hint="The name of your channel: 3 to 30 letters, digits, - or _."
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              {...form.field("handle")}
            />
            <TextField
              label="Mail address"
              type="email"
              autocomplete="email"
              required
              {...form.field("email")}
            />
            <TextField
              label="Password"
              hint="At least 10 characters. A short sentence works well."
              type="password"
              autocomplete="new-password"
              required
              {...form.field("password")}
            />
            <button type="submit" class="button button-primary button-wide" disabled={form.isSending()}>
              Make the administrator
            </button>
          </form>
        </Show>
      </Show>
    </AuthLayout>
  );
}
