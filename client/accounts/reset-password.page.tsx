import { A, useNavigate } from "@solidjs/router";
import { Show } from "solid-js";
import { z } from "zod";
import { passwordSchema } from "#common/accounts/user.ts";
import { api } from "../app/api.ts";
import { toProblemOfCode } from "../app/error-text.ts";
import { TextField } from "../ui/field.tsx";
import { createForm } from "../ui/form.ts";
import { createPageTitle } from "../ui/page-title.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { showToast } from "../ui/toast.tsx";
import { AuthLayout } from "./auth-layout.tsx";
import { readLinkToken } from "./link-token.ts";

export function ResetPasswordPage() {
  createPageTitle(() => "Choose a new password");
  const navigate = useNavigate();
  const token = readLinkToken();
  const form = createForm({
    initial: { password: "" },
    schema: z.object({ password: passwordSchema }),
    submit: async ({ password }) => {
      await api.accounts.confirmPasswordReset.mutate({ token, password });
      showToast("Your password is changed. Log in with the new one.");
      navigate("/login", { replace: true });
    },
  });
  return (
    <AuthLayout
      title="Choose a new password"
      lead="Everything that is logged in with the old one is logged out."
    >
      <Show when={token} fallback={<ProblemNotice problem={toProblemOfCode("auth.link_expired")} />}>
        <Show when={form.problem()}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
        <form class="form" onSubmit={form.submit} novalidate>
          <TextField
            label="New password"
            hint="At least 10 characters. A short sentence works well."
            type="password"
            autocomplete="new-password"
            required
            {...form.field("password")}
          />
          <button type="submit" class="button button-primary button-wide" disabled={form.isSending()}>
            Change the password
          </button>
        </form>
      </Show>
      <p class="auth-more">
        Link no longer good? <A href="/forgot-password">Ask for another</A>
      </p>
    </AuthLayout>
  );
}
