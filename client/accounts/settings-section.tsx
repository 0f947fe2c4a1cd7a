import { createUniqueId, type JSX, Show } from "solid-js";

/** One subject of the settings: what it is about on the left, what can be chosen on the right. */
export function SettingsSection(props: { title: string; lead?: string; children: JSX.Element }) {
  const id = createUniqueId();
  return (
    <section class="settings-section" aria-labelledby={id}>
      <div>
        <h2 class="settings-title" id={id}>
          {props.title}
        </h2>
        <Show when={props.lead}>
          <p class="settings-lead">{props.lead}</p>
        </Show>
      </div>
      <div class="settings-body">{props.children}</div>
    </section>
  );
}
