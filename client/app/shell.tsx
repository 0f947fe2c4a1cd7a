import { type RouteSectionProps, useLocation } from "@solidjs/router";
import { createEffect, ErrorBoundary, on, onMount, Show, Suspense } from "solid-js";
import { refreshSession, session } from "../accounts/session.store.ts";
import { currentInstance, instanceState, refreshInstance } from "../instance/instance.store.ts";
import { Unreachable } from "../instance/unreachable.tsx";
import { ToastRegion } from "../ui/toast.tsx";
import { Header } from "./header.tsx";
import { Nav } from "./nav.tsx";
import { PageError } from "./page-error.tsx";
import "./shell.css";

function connect(): void {
  void refreshInstance();
  void refreshSession();
}

/** What stays while pages change: header, navigation, toasts. */
export function Shell(props: RouteSectionProps) {
  const location = useLocation();
  let main: HTMLElement | undefined;

  onMount(connect);
  // a new page begins at its beginning, for the eye and for a screen reader
  createEffect(
    on(
      () => location.pathname,
      () => main?.focus({ preventScroll: true }),
      { defer: true },
    ),
  );

  const isUnreachable = () => session().state === "unreachable" && instanceState().state === "unreachable";
  return (
    <div class="shell" classList={{ "shell-wide": /^\/(watch|live)\//.test(location.pathname) }}>
      <button type="button" class="skip-link" onClick={() => main?.focus()}>
        Skip to the content
      </button>
      <Header />
      <Nav />
      <main class="shell-main" id="main" tabindex="-1" ref={main}>
        <Show when={currentInstance()?.needsFirstAdmin && ["/", "/login"].includes(location.pathname)}>
          <p class="shell-notice">
            This Shoal has no administrator yet. Open the link that the server printed when it started.
          </p>
        </Show>
        <Show when={!isUnreachable()} fallback={<Unreachable onRetry={connect} />}>
          <ErrorBoundary fallback={(error, reset) => <PageError error={error} onRetry={reset} />}>
            <Suspense fallback={<div class="shell-loading" aria-busy="true" />}>{props.children}</Suspense>
          </ErrorBoundary>
        </Show>
      </main>
      <ToastRegion />
    </div>
  );
}
