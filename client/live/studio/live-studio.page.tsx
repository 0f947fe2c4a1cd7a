import { A, useParams } from "@solidjs/router";
import { createMemo, onCleanup, Show } from "solid-js";
import type { OwnStream } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import { RequireAccount } from "../../accounts/require-account.tsx";
import { api } from "../../app/api.ts";
import { toProblem } from "../../app/problem.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { createPageTitle } from "../../ui/page-title.ts";
import { ProblemNotice } from "../../ui/problem-notice.tsx";
import { showToast } from "../../ui/toast.tsx";
import { formatStart } from "../live-format.ts";
import { onAir } from "../on-air.ts";
import { AirNumbers } from "./air-numbers.tsx";
import { createAutoSaver } from "./auto-saver.ts";
import { type Broadcast, leaveBroadcast, openBroadcast } from "./broadcast.store.ts";
import { ControlBar } from "./control-bar.tsx";
import { DetailsPanel } from "./details-panel.tsx";
import { ElsewhereCard } from "./elsewhere-card.tsx";
import { EncoderPanel } from "./encoder-panel.tsx";
import { EndCard } from "./end-card.tsx";
import { SourcePanel } from "./source-panel.tsx";
import { StageView } from "./stage-view.tsx";
import { checkStreamDetails, toStreamDetails, toUpdateInput } from "./stream-details.ts";
import { isAnnounced, streamStateLabels, streamStateTones } from "./studio-texts.ts";
import { TargetsPanel } from "./targets-panel.tsx";
import "../../videos/studio.css";
import "../../videos/video-fields.css";
import "./live-studio.css";

function Head(props: { stream: OwnStream }) {
  const href = () => `/live/${props.stream.id}`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(`${location.origin}${href()}`);
      showToast("The link is in your clipboard.");
    } catch {
      showToast(
        "This browser keeps its clipboard closed. Open the viewers' page and copy its address.",
        "problem",
      );
    }
  };
  return (
    <div class="page-head">
      <div class="live-head">
        <A class="crumb" href="/studio/live">
          <Icon name="chevronLeft" />
          Your streams
        </A>
        <h1>{props.stream.title}</h1>
        <p class="live-head-facts">
          <span class={`badge badge-${streamStateTones[props.stream.state]}`} data-testid="stream-state">
            {streamStateLabels[props.stream.state]}
          </span>
          <Show when={isAnnounced(props.stream, Date.now()) && props.stream.scheduledAt}>
            {(at) => <span>Announced for {formatStart(at())}</span>}
          </Show>
        </p>
      </div>
      <div class="button-row">
        <a class="button" href={href()} target="_blank" rel="noopener">
          <Icon name="external" />
          Viewers' page
        </a>
        <button type="button" class="button" onClick={() => void copy()}>
          <Icon name="link" />
          Copy the link
        </button>
      </div>
    </div>
  );
}

function Desk(props: { broadcast: Broadcast; stream: OwnStream }) {
  const { own, stage, sending } = props.broadcast;
  let sent = toStreamDetails(props.stream);
  const saver = createAutoSaver({
    initial: sent,
    check: checkStreamDetails,
    send: async (details) => {
      const answer = await api.streams.update.mutate({
        id: props.stream.id,
        ...toUpdateInput(sent, details),
      });
      sent = details;
      own.stream.set(answer);
    },
  });
  onCleanup(saver.close);
  const isElsewhere = () => isOnAir(props.stream.state) && !sending();
  return (
    <>
      <Head stream={props.stream} />
      <div class="desk">
        <div class="desk-main">
          <Show when={isElsewhere()}>
            <ElsewhereCard broadcast={props.broadcast} stream={props.stream} />
          </Show>
          <EndCard broadcast={props.broadcast} />
          <Show when={!isElsewhere()}>
            <StageView broadcast={props.broadcast} />
            <ControlBar broadcast={props.broadcast} />
          </Show>
          <Show when={sending()}>
            <AirNumbers broadcast={props.broadcast} />
          </Show>
          <Show when={stage.phase() === "open" || Object.keys(stage.problems()).length > 0}>
            <SourcePanel stage={stage} />
          </Show>
        </div>
        <div class="desk-side">
          {/* the talk of a stream has its place here, beside the picture */}
          <aside class="desk-chat" id="live-chat" hidden />
          <DetailsPanel saver={saver} />
          <EncoderPanel stream={props.stream} onRolled={(keyHint) => own.merge({ keyHint })} />
          <TargetsPanel stream={props.stream} onChanged={(targets) => own.merge({ targets })} />
        </div>
      </div>
    </>
  );
}

function Studio(props: { streamId: string }) {
  // one page is one broadcast; what is on air goes on when the page is left
  const broadcast = createMemo(() => openBroadcast(props.streamId));
  onCleanup(leaveBroadcast);
  return (
    <Show
      when={broadcast()}
      keyed
      fallback={
        <EmptyState
          seed="on-air"
          heading="h1"
          title="You are on air with another stream"
          text={`“${onAir()?.title ?? ""}” is sent from this page. End it before you go live with this one.`}
        >
          <A class="button button-primary" href={`/studio/live/${onAir()?.streamId ?? ""}`}>
            Back to it
          </A>
        </EmptyState>
      }
    >
      {(one) => (
        <Loaded
          of={one.own.stream}
          loading={<div class="shell-loading" aria-busy="true" />}
          failed={(error) => {
            const problem = toProblem(error);
            return problem.canRetry ? (
              <ProblemNotice problem={problem} onRetry={one.own.stream.retry} />
            ) : (
              <EmptyState seed="live" heading="h1" title={problem.title} text={problem.text}>
                <A class="button button-primary" href="/studio/live">
                  Your streams
                </A>
              </EmptyState>
            );
          }}
        >
          {(stream) => <Desk broadcast={one} stream={stream()} />}
        </Loaded>
      )}
    </Show>
  );
}

export function LiveStudioPage() {
  const params = useParams();
  createPageTitle(() => "Go live");
  return (
    <div class="page">
      <RequireAccount>{() => <Studio streamId={params.streamId ?? ""} />}</RequireAccount>
    </div>
  );
}
