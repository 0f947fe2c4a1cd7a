import { createSignal, Show } from "solid-js";
import type { OwnStream } from "#common/live/stream.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { formatViewers } from "../live-format.ts";
import type { Broadcast } from "./broadcast.store.ts";
import { AirTime } from "./stage-view.tsx";
import { formatBitrate, formatLoss, toCodecName, toIngestText } from "./studio-texts.ts";

/** On air, but not from this page: OBS, another device, or this tab before it was reloaded. */
export function ElsewhereCard(props: { broadcast: Broadcast; stream: OwnStream }) {
  const { own, comeback } = props.broadcast;
  const [isAsking, setIsAsking] = createSignal(false);
  const publisher = () => own.report()?.publisher ?? undefined;
  const isWaiting = () => props.stream.state === "reconnecting";
  return (
    <section class="card elsewhere" aria-label="On air" data-testid="elsewhere">
      <p class="elsewhere-title">
        <span class="badge badge-live">
          <Icon name="live" />
          <Show when={!isWaiting()} fallback="Waiting for you">
            On air <AirTime startedAt={props.stream.startedAt} />
          </Show>
        </span>
        <span>{formatViewers(props.stream.viewerCount)}</span>
      </p>
      <Show
        when={comeback()}
        fallback={
          <p>
            {isWaiting()
              ? "Whatever sent this stream is gone for the moment. It goes on as soon as it is back."
              : "This stream is on air from another program or page."}
          </p>
        }
      >
        <p>You were on air in this tab. Your viewers are still here.</p>
      </Show>
      <Show when={publisher()}>
        {(sender) => (
          <p class="muted numeric">
            {[
              toCodecName(sender().videoCodec),
              toCodecName(sender().audioCodec),
              formatBitrate(sender().bitrateBps),
              `${formatLoss(sender().packetLossRatio)} lost`,
            ]
              .filter(Boolean)
              .join(", ")}
          </p>
        )}
      </Show>
      <Show when={props.stream.ingest}>{(report) => <p class="muted">{toIngestText(report())}</p>}</Show>
      <div class="button-row">
        <Show when={comeback()}>
          <button type="button" class="button button-live" onClick={() => void props.broadcast.goOn()}>
            <Icon name="live" />
            Go on
          </button>
        </Show>
        <button type="button" class="button" onClick={() => setIsAsking(true)}>
          End
        </button>
      </div>
      <ConfirmDialog
        title="End the broadcast?"
        text="Viewers are told that it is over, and the recording is closed."
        action="End it"
        isOpen={isAsking()}
        onClose={() => setIsAsking(false)}
        onConfirm={() => props.broadcast.end()}
      />
    </section>
  );
}
