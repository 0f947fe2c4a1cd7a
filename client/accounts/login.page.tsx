import { A, Navigate, useNavigate, useSearchParams } from "@solidjs/router";
import { For, Show } from "solid-js";
import { loginInputSchema } from "#common/accounts/user.ts";
import { api } from "../app/api.ts";
import { toProblemOfCode } from "../app/error-text.ts";
import { currentInstance } from "../instance/instance.store.ts";
import { TextField } from "../ui/field.tsx";
import { createForm } from "../ui/form.ts";
import { createPageTitle } from "../ui/page-title.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { AuthLayout } from "./auth-layout.tsx";
import { toSafePath } from "./safe-path.ts";
import { currentUser, enterSession } from "./session.store.ts";

export function LoginPage() {
  createPageTitle(() => "Log in");
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const next = () => toSafePath(search.next);
  const form = createForm({
    initial: { email: "", password: "" },
    schema: loginInputSchema,
    submit: async (input) => {
      const { user } = await api.accounts.login.mutate(input);
      enterSession(user);
      navigate(next(), { replace: true });
    },
  });
  const providers = () => currentInstance()?.oauthProviders ?? [];
  return (
    <Show when={!currentUser()} fallback={<Navigate href={next()} />}>
      <AuthLayout
        title="Welcome back"
        lead={
          <Show
            when={currentInstance()?.registrationOpen !== false}
            fallback="Log in to upload and to keep your place."
          >
            New here? <A href={`/register?next=${encodeURIComponent(next())}`}>Make an account</A>
          </Show>
        }
      >
        {/* an OAuth round trip that failed comes back with its code */}
        <Show when={search.error}>{(code) => <ProblemNotice problem={toProblemOfCode(code())} />}</Show>
        <Show when={form.problem()}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
        <form class="form" onSubmit={form.submit} novalidate>
          <TextField
            label="Mail address"
            type="email"
            autocomplete="email"
            required
            {...form.field("email")}
          />
          <TextField
            label="Password"
            type="password"
            autocomplete="current-password"
            required
            {...form.field("password")}
          />
          <p class="auth-aside">
            <A href="/forgot-password">Forgot your password?</A>
          </p>
          <button type="submit" class="button button-primary button-wide" disabled={form.isSending()}>
            {form.isSending() ? "Logging in…" : "Log in"}
          </button>
        </form>
        <Show when={providers().length > 0}>
          <p class="auth-or">or</p>
          <div class="auth-providers">
            <For each={providers()}>
              {(provider) => (
                <a
                  class="button button-line button-wide"
                  rel="external"
                  href={`/api/oauth/${encodeURIComponent(provider.name)}`}
                >
                  Continue with {provider.displayName}
                </a>
              )}
            </For>
          </div>
        </Show>
      </AuthLayout>
    </Show>
  );
}
