import { createEffect, createSignal, onCleanup, Show } from "solid-js";
import type { Problem } from "../app/error-text.ts";
import { Poster } from "../discovery/poster.tsx";
import { Icon } from "../ui/icon.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { showToast } from "../ui/toast.tsx";
import type { LiveVideo } from "./own-video.ts";
import { putThumbnail } from "./thumbnail.ts";

const pollIntervalMs = 1000;
const mostPolls = 30;

/** The picture of a video, and how to put another in its place. */
export function ThumbnailEditor(props: { video: LiveVideo; onChanged: () => void }) {
  const [state, setState] = createSignal<"idle" | "sending" | "making">("idle");
  const [problem, setProblem] = createSignal<Problem>();
  let picker: HTMLInputElement | undefined;
  let replacedUrl: string | null = null;

  // the picture is made by the encoder: its new address is the sign that it is there
  createEffect(() => {
    if (state() !== "making") return;
    if (props.video.posterUrl !== replacedUrl) {
      setState("idle");
      showToast("The new picture is in place.");
      return;
    }
    let polls = 0;
    const timer = setInterval(() => {
      polls += 1;
      if (polls > mostPolls) setState("idle");
      else props.onChanged();
    }, pollIntervalMs);
    onCleanup(() => clearInterval(timer));
  });

  const send = async (file: File | undefined) => {
    if (!file) return;
    setProblem(undefined);
    setState("sending");
    replacedUrl = props.video.posterUrl;
    const refusal = await putThumbnail(props.video.id, file);
    setProblem(refusal);
    setState(refusal ? "idle" : "making");
  };
  return (
    <>
      <div class="edit-picture">
        <Poster posterUrl={props.video.posterUrl} handle={props.video.channel.handle} isEager />
        <Show when={state() !== "idle"}>
          <div class="edit-picture-busy" role="status">
            <span class="spinner" />
            {state() === "sending" ? "Sending the picture…" : "Making the new picture…"}
          </div>
        </Show>
      </div>
      <Show when={problem()}>{(what) => <ProblemNotice problem={what()} />}</Show>
      <button type="button" class="button" disabled={state() !== "idle"} onClick={() => picker?.click()}>
        <Icon name="image" />
        Replace the picture
      </button>
      <input
        ref={picker}
        type="file"
        class="visually-hidden"
        accept="image/jpeg,image/png,image/webp,image/avif"
        aria-label="Choose a picture"
        tabindex="-1"
        onChange={(event) => {
          void send(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}
