import { createMemo, For, Show } from "solid-js";
import { Icon } from "../../ui/icon.tsx";
import { qualityTexts } from "../publish/quality.rules.ts";
import type { Broadcast } from "./broadcast.store.ts";
import { formatBitrate, formatLoss, qualityLabels, toCodecName, toIngestText } from "./studio-texts.ts";
import "./air-numbers.css";

function Figure(props: { name: string; label: string; value: string; note?: string | undefined }) {
  return (
    <div class="number">
      <dt>{props.label}</dt>
      <dd>
        <span class="number-value numeric" data-testid={`air-${props.name}`}>
          {props.value}
        </span>
        <Show when={props.note}>
          <span class="number-note">{props.note}</span>
        </Show>
      </dd>
    </div>
  );
}

/** How the broadcast stands: what goes out as this page measures it, who watches as the server counts it. */
export function AirNumbers(props: { broadcast: Broadcast }) {
  const { own, numbers } = props.broadcast;
  const quality = createMemo(() => props.broadcast.quality(), undefined, {
    equals: (before, now) => before.word === now.word && before.reason === now.reason,
  });
  const layers = () => (numbers()?.layers ?? []).filter((layer) => layer.isSent).toReversed();
  const audience = () => {
    const report = own.report();
    if (!report || report.realtimeViewerCount + report.hlsViewerCount === 0) return undefined;
    return `${report.realtimeViewerCount} at once, ${report.hlsViewerCount} a little later`;
  };
  const ingest = () => own.stream.value()?.ingest;
  return (
    <section class="card air-numbers" aria-label="How it stands">
      <p class={`air-quality air-quality-${quality().word}`} role="status" data-testid="air-quality">
        <span class="stage-dot" />
        <strong>{qualityLabels[quality().word]} connection.</strong> {qualityTexts[quality().reason]}
      </p>
      <dl class="numbers">
        <Figure
          name="viewers"
          label="Viewers"
          value={String(own.stream.value()?.viewerCount ?? 0)}
          note={audience()}
        />
        <Figure
          name="bitrate"
          label="Going out"
          value={numbers() ? formatBitrate(numbers()?.bitrateBps ?? 0) : "–"}
          note={toCodecName(numbers()?.videoCodec ?? null)}
        />
        <Figure
          name="loss"
          label="Lost on the way"
          value={numbers() ? formatLoss(numbers()?.packetLossRatio ?? 0) : "–"}
        />
        <Figure
          name="round-trip"
          label="Delay to the server"
          value={numbers() ? `${numbers()?.roundTripMs ?? 0} ms` : "–"}
        />
      </dl>
      <Show when={layers().length > 0}>
        <ul class="layers" aria-label="Sizes that are sent" data-testid="air-layers">
          <For each={layers()}>
            {(layer) => (
              <li class="layer numeric">
                <span class="layer-size">
                  {layer.widthPx}×{layer.heightPx}
                </span>
                <span>{layer.frameRate} a second</span>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={ingest()}>
        {(report) => (
          <p class="air-ingest" classList={{ "air-ingest-costly": report().video === "transcoded" }}>
            <Icon name={report().video === "transcoded" ? "alert" : "check"} />
            {toIngestText(report())}
          </p>
        )}
      </Show>
    </section>
  );
}
