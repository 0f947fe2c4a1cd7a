import { A } from "@solidjs/router";
import { createSignal, Show } from "solid-js";
import { z } from "zod";
import { api } from "../app/api.ts";
import { TextField } from "../ui/field.tsx";
import { createForm } from "../ui/form.ts";
import { Icon } from "../ui/icon.tsx";
import { createPageTitle } from "../ui/page-title.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { AuthLayout } from "./auth-layout.tsx";

const schema = z.object({ email: z.email("This is not a mail address.") });

export function ForgotPasswordPage() {
  createPageTitle(() => "Forgot your password");
  const [sentTo, setSentTo] = createSignal<string>();
  const form = createForm({
    initial: { email: "" },
    schema,
    submit: async ({ email }) => {
      await api.accounts.requestPasswordReset.mutate({ email });
      setSentTo(email);
    },
  });
  return (
    <AuthLayout title="Forgot your password?" lead="It happens. We send you a link to choose a new one.">
      <Show
        when={!sentTo()}
        fallback={
          <div class="problem problem-quiet" role="status">
            <Icon name="mail" />
            <div>
              <p class="problem-title">Look into your mail</p>
              <p class="problem-text">
                If {sentTo()} has an account here, a link is on its way. It works once, for a short time.
              </p>
            </div>
          </div>
        }
      >
        <Show when={form.problem()}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
        <form class="form" onSubmit={form.submit} novalidate>
          <TextField
            label="Mail address"
            type="email"
            autocomplete="email"
            required
            {...form.field("email")}
          />
          <button type="submit" class="button button-primary button-wide" disabled={form.isSending()}>
            Send the link
          </button>
        </form>
      </Show>
      <p class="auth-more">
        Remembered it? <A href="/login">Log in</A>
      </p>
    </AuthLayout>
  );
}
