import { createEffect, createSignal } from "solid-js";

const [instanceName, setInstanceName] = createSignal("Shoal");

export { instanceName, setInstanceName };

/** Names the page in the tab and the history. */
export function createPageTitle(title: () => string): void {
  createEffect(() => {
    document.title = title() ? `${title()} · ${instanceName()}` : instanceName();
  });
}
