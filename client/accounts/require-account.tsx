import { Navigate, useLocation } from "@solidjs/router";
import { type Accessor, type JSX, Match, Switch } from "solid-js";
import type { OwnUser } from "#common/accounts/user.ts";
import { toProblem } from "../app/problem.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { toLoginHref } from "./safe-path.ts";
import { currentUser, refreshSession, session } from "./session.store.ts";

/** A page for accounts: guests log in first and come back. */
export function RequireAccount(props: { children: (user: Accessor<OwnUser>) => JSX.Element }) {
  const location = useLocation();
  const failure = () => {
    const now = session();
    return now.state === "unreachable" ? now : undefined;
  };
  return (
    <Switch fallback={<div class="shell-loading" aria-busy="true" />}>
      <Match when={currentUser()}>{(user) => props.children(user)}</Match>
      <Match when={session().state === "guest"}>
        <Navigate href={toLoginHref(location.pathname + location.search)} />
      </Match>
      <Match when={failure()}>
        {(failed) => (
          <ProblemNotice problem={toProblem(failed().error)} onRetry={() => void refreshSession()} />
        )}
      </Match>
    </Switch>
  );
}
