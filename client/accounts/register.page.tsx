import { A, Navigate, useNavigate, useSearchParams } from "@solidjs/router";
import { Show } from "solid-js";
import { registerInputSchema } from "#common/accounts/user.ts";
import { api } from "../app/api.ts";
import { toProblemOfCode } from "../app/error-text.ts";
import { currentInstance } from "../instance/instance.store.ts";
import { TextField } from "../ui/field.tsx";
import { createForm } from "../ui/form.ts";
import { createPageTitle } from "../ui/page-title.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { showToast } from "../ui/toast.tsx";
import { AuthLayout } from "./auth-layout.tsx";
import { toLoginHref, toSafePath } from "./safe-path.ts";
import { currentUser, enterSession } from "./session.store.ts";

export function RegisterPage() {
  createPageTitle(() => "Make an account");
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const next = () => toSafePath(search.next);
  const form = createForm({
    initial: { handle: "", email: "", password: "" },
    schema: registerInputSchema,
    fieldOfCode: { "account.email_taken": "email", "account.handle_taken": "handle" },
    submit: async (input) => {
      const { user } = await api.accounts.register.mutate(input);
      enterSession(user);
      showToast(`Welcome, ${user.displayName || user.handle}. A mail to confirm your address is on its way.`);
      navigate(next(), { replace: true });
    },
  });
  return (
    <Show when={!currentUser()} fallback={<Navigate href={next()} />}>
      <AuthLayout
        title="Join the shoal"
        lead={
          <>
            Already have an account? <A href={toLoginHref(next())}>Log in</A>
          </>
        }
      >
        <Show
          when={currentInstance()?.registrationOpen !== false}
          fallback={<ProblemNotice problem={toProblemOfCode("account.registration_closed")} />}
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
              hint="Only you and the administrators see it."
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
              {form.isSending() ? "Making your account…" : "Make an account"}
            </button>
          </form>
        </Show>
      </AuthLayout>
    </Show>
  );
}
