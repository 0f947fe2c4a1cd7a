import { A } from "@solidjs/router";
import { Show } from "solid-js";
import { api } from "../app/api.ts";
import { toProblemOfCode } from "../app/error-text.ts";
import { createLoad } from "../app/load.ts";
import { Icon } from "../ui/icon.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { createPageTitle } from "../ui/page-title.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { AuthLayout } from "./auth-layout.tsx";
import { readLinkToken } from "./link-token.ts";
import { refreshSession } from "./session.store.ts";

export function VerifyPage() {
  createPageTitle(() => "Confirm your address");
  const token = readLinkToken();
  const confirmation = createLoad(
    () => token || null,
    async (wanted) => {
      const done = await api.accounts.confirmVerification.mutate({ token: wanted });
      void refreshSession();
      return done;
    },
  );
  return (
    <AuthLayout title="Confirm your address">
      <Show when={token} fallback={<ProblemNotice problem={toProblemOfCode("auth.link_expired")} />}>
        <Loaded
          of={confirmation}
          loading={
            <p role="status" class="muted">
              One moment…
            </p>
          }
        >
          {() => (
            <div class="problem problem-quiet" role="status">
              <Icon name="check" />
              <div>
                <p class="problem-title">Confirmed</p>
                <p class="problem-text">Your mail address is yours. Thank you.</p>
              </div>
            </div>
          )}
        </Loaded>
      </Show>
      <p>
        <A class="button" href="/">
          Go home
        </A>
      </p>
    </AuthLayout>
  );
}
