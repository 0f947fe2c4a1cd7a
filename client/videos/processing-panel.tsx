import { A } from "@solidjs/router";
import { Show } from "solid-js";
import { toProblemOfCode } from "../app/error-text.ts";
import { formatPercent } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { School } from "../ui/school.tsx";
import type { LiveVideo } from "./own-video.ts";
import { isUnderWay, videoStateLabels } from "./video-state-text.ts";

function toText(video: LiveVideo): string {
  switch (video.state) {
    case "draft":
      return "There is no file behind this video yet.";
    case "uploading":
      return "The file is on its way.";
    case "queued":
      return "The file is here. Encoding begins as soon as there is room.";
    case "encoding":
      return "It plays here as soon as the first quality is there.";
    case "failed":
      return toProblemOfCode(video.error?.code).text;
    case "playable":
    case "ready":
      return "It is ready. One moment.";
  }
}

/** In the place of the player while there is nothing to play: what is going on, live. */
export function ProcessingPanel(props: { video: LiveVideo }) {
  return (
    <section class="processing" aria-label="The state of this video">
      <School seed={props.video.id} count={44} />
      <div class="processing-words" role="status">
        <p class="processing-title">{videoStateLabels[props.video.state]}</p>
        <p>{toText(props.video)}</p>
        <Show when={props.video.state !== "queued" && isUnderWay(props.video.state)}>
          <ProgressBar label={videoStateLabels[props.video.state]} progress={props.video.progress} />
          <p class="numeric processing-step">
            {formatPercent(props.video.progress)}
            {props.video.step && ` · ${props.video.step}`}
          </p>
        </Show>
        <Show when={props.video.state === "failed" || props.video.state === "draft"}>
          <A class="button" href={`/studio/${props.video.id}`}>
            <Icon name="studio" />
            Open in the studio
          </A>
        </Show>
      </div>
    </section>
  );
}
