import { createSignal } from "solid-js";

/** What this page is sending now: the navigation shows it without carrying the studio. */
const [onAir, setOnAir] = createSignal<{ readonly streamId: string; readonly title: string }>();

export { onAir, setOnAir };
