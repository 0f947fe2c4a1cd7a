import { createEffect, createRoot, createSignal, on, onCleanup, untrack } from "solid-js";
import { streamIdSchema } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import { currentUser } from "../../accounts/session.store.ts";
import { api } from "../../app/api.ts";
import { toProblem } from "../../app/problem.ts";
import { createStage } from "../capture/stage.ts";
import { setOnAir } from "../on-air.ts";
import { isSending, preparedLife } from "../publish/publish-life.ts";
import type { Show } from "../publish/publish-link.ts";
import type { PublishNumbers } from "../publish/publish-numbers.rules.ts";
import { Publisher } from "../publish/publisher.ts";
import { judgeConnection, type Quality, qualityLooks, settleQuality } from "../publish/quality.rules.ts";
import { createWhipClient } from "../whip-client.ts";
import { createOwnStream } from "./own-stream.ts";
import {
  forgetReturn,
  readChoice,
  readReturn,
  rememberChoice,
  rememberReturn,
  type StageReturn,
} from "./stage-memory.ts";
import { stayAwake } from "./stay-awake.ts";
import { createTicketKeeper } from "./ticket-keeper.ts";

const lookMs = 1000;
const renewMs = 60_000;
const awayQuality: Quality = { word: "bad", reason: "away" };

/** One stream of one's own in this page: what is seen, what is sent, how it stands. */
export type Broadcast = ReturnType<typeof createBroadcast>;

function createBroadcast(streamId: string) {
  const id = streamIdSchema.parse(streamId);
  const own = createOwnStream(streamId);
  const stage = createStage({ choice: readChoice(localStorage), words: { title: "", subtitle: "" } });
  const [life, setLife] = createSignal(preparedLife);
  const [numbers, setNumbers] = createSignal<PublishNumbers>();
  const [looks, setLooks] = createSignal<readonly Quality[]>([]);
  const [comeback, setComeback] = createSignal<StageReturn | undefined>(readReturn(sessionStorage, streamId));
  const [lastBroadcastId, setLastBroadcastId] = createSignal<string | null>(null);
  const tickets = createTicketKeeper({ fetch: () => api.streams.publish.mutate({ id }) });
  const sending = () => isSending(life());
  /** Did the server see this broadcast? Until then its `idle` is old news. */
  let wasSeenOnAir = false;

  const publisher = new Publisher({
    whip: createWhipClient(),
    getTicket: tickets.get,
    getShow,
    windowMs: () => (own.stream.value()?.reconnectWindowSeconds ?? 60) * 1000,
    isBroadcastKept: async () => isOnAir((await api.streams.getOwn.query({ id })).state),
    onLife: setLife,
  });

  function getShow(): Show {
    const sound = stage.sound();
    if (!sound) throw new Error("nothing was chosen to be shown");
    return untrack(() => ({
      picture: stage.picture(),
      facts: stage.readFacts(),
      sound,
      isRich: stage.open().hasScreenSound || !stage.choice().isVoiceCleaned,
    }));
  }

  // what is chosen reaches viewers, and is remembered
  createEffect(
    on([stage.picture, stage.open, stage.choice], () => {
      if (stage.phase() !== "open") return;
      rememberChoice(localStorage, stage.choice());
      if (sending()) rememberReturn(sessionStorage, { streamId, choice: stage.choice() });
      publisher.refreshShow();
    }),
  );
  createEffect(() => {
    const stream = own.stream.value();
    if (stream)
      stage.setWords({ title: stream.title, subtitle: stream.channel.displayName || stream.channel.handle });
  });
  // everything is ready before the click, and stays so
  createEffect(() => {
    if (stage.phase() !== "open" || sending()) return;
    void publisher.prepare();
    const timer = setInterval(() => void tickets.renew(), renewMs);
    onCleanup(() => clearInterval(timer));
  });
  createEffect(
    on(sending, (isNow, wasBefore) => {
      if (!isNow) {
        if (wasBefore) forgetReturn(sessionStorage);
        return;
      }
      wasSeenOnAir = false;
      setComeback(undefined);
      rememberReturn(sessionStorage, { streamId, choice: stage.choice() });
      onCleanup(stayAwake());
      const timer = setInterval(() => void look(), lookMs);
      onCleanup(() => clearInterval(timer));
    }),
  );
  createEffect(() => {
    const title = own.stream.value()?.title ?? "";
    setOnAir(sending() ? { streamId, title } : undefined);
    onCleanup(() => setOnAir(undefined));
  });
  // a moderator, another page or the closed window may have ended it
  createEffect(() => {
    const stream = own.stream.value();
    if (!stream) return;
    if (stream.broadcastId) setLastBroadcastId(stream.broadcastId);
    if (isOnAir(stream.state)) wasSeenOnAir = true;
    else if (wasSeenOnAir && untrack(sending)) publisher.noteClosed();
  });
  createEffect(() => {
    if (own.isGone() && untrack(sending)) publisher.noteClosed();
  });

  async function look(): Promise<void> {
    if (life().state === "on_air") publisher.refreshShow();
    const next = await publisher.readNumbers();
    if (next) setNumbers(next);
    const quality =
      next && life().state === "on_air"
        ? judgeConnection(next, { layerCount: publisher.layerCount })
        : life().state === "on_air"
          ? undefined
          : awayQuality;
    if (quality) setLooks((before) => [...before.slice(1 - qualityLooks), quality]);
  }

  return {
    streamId,
    own,
    stage,
    life,
    numbers,
    sending,
    comeback,
    lastBroadcastId,
    quality: () => (life().state === "on_air" ? settleQuality(looks()) : awayQuality),

    go(isReturn = false): void {
      setNumbers(undefined);
      setLooks([]);
      void stage.resumeSound();
      publisher.go(isReturn);
    },
    /** After a reload: the same devices again, and on air as soon as they are open. */
    async goOn(): Promise<void> {
      const mark = comeback();
      if (!mark) return;
      await stage.choose(mark.choice);
      if (stage.isReady()) this.go(true);
    },
    dismissComeback(): void {
      forgetReturn(sessionStorage);
      setComeback(undefined);
    },
    /** Takes it off the air, here and for everybody; throws when the server could not be told. */
    async end(): Promise<void> {
      const isTold = sending() && (await publisher.end());
      stage.rest();
      if (isTold) return own.stream.retry();
      try {
        await api.streams.end.mutate({ id });
      } catch (error) {
        const { code } = toProblem(error);
        if (code !== "stream.not_live" && code !== "stream.wrong_state") throw error;
      }
      own.stream.retry();
    },
    close(): void {
      publisher.close();
      stage.close();
    },
  };
}

interface Kept {
  readonly broadcast: Broadcast;
  readonly dispose: () => void;
}

const [kept, setKept] = createSignal<Kept>();

/** What is on air from this page, wherever its person looks. */
export const currentBroadcast = () => kept()?.broadcast;

function letGo(): void {
  const one = kept();
  if (!one) return;
  one.broadcast.close();
  one.dispose();
  setKept(undefined);
}

/** The broadcast of a stream for a page that shows it; `undefined` while another one is on air from here. */
export function openBroadcast(streamId: string): Broadcast | undefined {
  const now = untrack(kept);
  if (now?.broadcast.streamId === streamId && now.broadcast.stage.phase() !== "closed") return now.broadcast;
  if (now && untrack(now.broadcast.sending)) return undefined;
  untrack(letGo);
  const next = createRoot((dispose) => ({ broadcast: createBroadcast(streamId), dispose }));
  setKept(next);
  return next.broadcast;
}

/** The page is left: what is on air goes on, everything else is closed and its lights go off. */
export function leaveBroadcast(): void {
  const now = untrack(kept);
  if (now && !untrack(now.broadcast.sending)) untrack(letGo);
}

// who logs out takes their picture along
createRoot(() => createEffect(() => currentUser() === undefined && untrack(letGo)));
