import { onCleanup, onMount } from "solid-js";
import { EmptyState } from "../ui/empty-state.tsx";
import { Icon } from "../ui/icon.tsx";

const retryIntervalMs = 5000;

/** Nothing answers: tries again by itself, and at once when the network is back. */
export function Unreachable(props: { onRetry: () => void }) {
  const retry = () => props.onRetry();
  onMount(() => {
    const timer = setInterval(retry, retryIntervalMs);
    window.addEventListener("online", retry);
    onCleanup(() => {
      clearInterval(timer);
      window.removeEventListener("online", retry);
    });
  });
  const isOffline = () => navigator.onLine === false;
  return (
    <div role="status">
      <EmptyState
        seed="unreachable"
        heading="h1"
        title={isOffline() ? "You are out of the water" : "Back in a moment"}
        text={
          isOffline()
            ? "There is no network here. This page comes back by itself when there is."
            : "This Shoal does not answer just now; it may be starting. We keep trying."
        }
      >
        <button type="button" class="button button-primary" onClick={retry}>
          <Icon name="refresh" />
          Try again now
        </button>
      </EmptyState>
    </div>
  );
}
