import { createSignal } from "solid-js";
import { toProblem } from "../app/problem.ts";
import { checkDetails, type DetailErrors, type VideoDetails } from "./video-details.ts";

/** Where the words about a video stand on their way to the front desk. */
export type SaveState =
  | { readonly state: "clean" }
  | { readonly state: "dirty" }
  | { readonly state: "saving" }
  | { readonly state: "saved" }
  | { readonly state: "failed"; readonly text: string };

const debounceMs = 700;

interface SaverOptions {
  /** `null` until the video exists. */
  readonly videoId: () => string | null;
  readonly initial: VideoDetails;
  readonly send: (videoId: string, details: VideoDetails) => Promise<unknown>;
}

/** Sends what was written a moment after the last key; the last words win. Closed by `close`, which sends what is left. */
export function createDetailsSaver({ videoId, initial, send }: SaverOptions) {
  const [details, setDetails] = createSignal(initial);
  const [errors, setErrors] = createSignal<DetailErrors>({});
  const [saving, setSaving] = createSignal<SaveState>({ state: "clean" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sent = initial;

  async function save(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const id = videoId();
    const wanted = details();
    // a video that does not exist yet takes the words along when it is created
    if (id === null || wanted === sent || Object.keys(errors()).length > 0 || saving().state === "saving")
      return;
    setSaving({ state: "saving" });
    try {
      await send(id, wanted);
      sent = wanted;
      setSaving({ state: "saved" });
      // more was written while these words travelled
      if (details() !== wanted) schedule();
    } catch (error) {
      setSaving({ state: "failed", text: toProblem(error).text });
    }
  }

  function schedule(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void save(), debounceMs);
  }

  return {
    details,
    errors,
    saving,
    change(changes: Partial<VideoDetails>): void {
      setDetails((before) => ({ ...before, ...changes }));
      setErrors(() => checkDetails(details()));
      if (saving().state !== "saving") setSaving({ state: "dirty" });
      schedule();
    },
    /** What the video was created with need not be sent again. */
    markSent(created: VideoDetails): void {
      sent = created;
      if (details() === created) setSaving({ state: "saved" });
      else schedule();
    },
    save,
    close(): void {
      if (timer !== undefined) void save();
    },
  };
}
export type DetailsSaver = ReturnType<typeof createDetailsSaver>;
