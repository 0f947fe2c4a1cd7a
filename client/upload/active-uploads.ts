import { createSignal } from "solid-js";

/** How many files travel now: the header shows it without carrying the uploader. */
const [activeUploads, setActiveUploads] = createSignal(0);

export { activeUploads, setActiveUploads };
