import { A, useNavigate } from "@solidjs/router";
import { createSignal, For, Show } from "solid-js";
import type { OwnStream } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import { RequireAccount } from "../../accounts/require-account.tsx";
import { api } from "../../app/api.ts";
import { createLoad } from "../../app/load.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { createPageTitle } from "../../ui/page-title.ts";
import { showToast } from "../../ui/toast.tsx";
import { keepFreshKey } from "./fresh-keys.ts";
import { NewStreamDialog } from "./new-stream-dialog.tsx";
import { OwnStreamRow } from "./own-stream-row.tsx";
import "../../videos/studio.css";
import "../../discovery/discovery.css";
import "../../discovery/video-card.css";
import "./live-studio.css";

interface Pages {
  readonly items: readonly OwnStream[];
  readonly page: number;
  readonly pageCount: number;
}

/** On air first, then in the order of the server: the newest. */
function sortByState(items: readonly OwnStream[]): OwnStream[] {
  return [...items.filter(({ state }) => state !== "idle"), ...items.filter(({ state }) => state === "idle")];
}

function ListSkeleton() {
  return (
    <div class="studio-list" aria-busy="true">
      <For each={[1, 2, 3]}>
        {() => (
          <div class="studio-row">
            <span class="studio-picture skeleton" />
            <span class="video-card-text-waiting">
              <span class="skeleton skeleton-line skeleton-w60" />
              <span class="skeleton skeleton-line skeleton-w40" />
            </span>
          </div>
        )}
      </For>
    </div>
  );
}

function OwnStreams(props: { onNew: () => void }) {
  const [removing, setRemoving] = createSignal<OwnStream>();
  const list = createLoad(
    () => 1,
    async (page, signal): Promise<Pages> => api.streams.mine.query({ page }, { signal }),
  );
  const showMore = async (now: Pages) => {
    const next = await api.streams.mine.query({ page: now.page + 1 }).catch(() => undefined);
    if (!next) return showToast("The list could not be fetched. Try again.", "problem");
    const known = new Set<string>(now.items.map(({ id }) => id));
    list.set({ ...next, items: [...now.items, ...next.items.filter(({ id }) => !known.has(id))] });
  };
  const copy = async (stream: OwnStream) => {
    try {
      await navigator.clipboard.writeText(`${location.origin}/live/${stream.id}`);
      showToast("The link is in your clipboard.");
    } catch {
      showToast("This browser keeps its clipboard closed.", "problem");
    }
  };
  return (
    <>
      <Loaded of={list} loading={<ListSkeleton />}>
        {(pages) => (
          <Show
            when={pages().items.length > 0}
            fallback={
              <EmptyState
                seed="first-stream"
                title="Your first broadcast begins here"
                text="From this page with your camera or screen, or from OBS. A stream keeps its address: go live with it as often as you like."
              >
                <button type="button" class="button button-live" onClick={() => props.onNew()}>
                  <Icon name="live" />
                  Make a stream
                </button>
              </EmptyState>
            }
          >
            <ul class="studio-list">
              <For each={sortByState(pages().items)}>
                {(stream) => (
                  <OwnStreamRow
                    stream={stream}
                    onCopy={() => void copy(stream)}
                    onRemove={() => setRemoving(stream)}
                  />
                )}
              </For>
            </ul>
            <Show when={pages().page < pages().pageCount}>
              <div class="more">
                <button type="button" class="button" onClick={() => void showMore(pages())}>
                  Show more
                </button>
              </div>
            </Show>
          </Show>
        )}
      </Loaded>
      <ConfirmDialog
        title="Delete this stream?"
        text={
          removing() && isOnAir(removing()?.state ?? "idle")
            ? `“${removing()?.title ?? ""}” is on air: it ends first. Its address and key stop working; recordings stay.`
            : `The address and the key of “${removing()?.title ?? ""}” stop working. Recordings stay.`
        }
        action="Delete it"
        isOpen={removing() !== undefined}
        onClose={() => setRemoving(undefined)}
        onConfirm={async () => {
          const stream = removing();
          const now = list.value();
          if (!stream || !now) return;
          await api.streams.remove.mutate({ id: stream.id });
          list.set({ ...now, items: now.items.filter(({ id }) => id !== stream.id) });
          showToast("The stream is deleted.");
        }}
      />
    </>
  );
}

export function OwnStreamsPage() {
  createPageTitle(() => "Your streams");
  const navigate = useNavigate();
  const [isMaking, setIsMaking] = createSignal(false);
  return (
    <div class="page page-studio">
      <div class="page-head">
        <div>
          <h1>Your streams</h1>
          <p class="page-lead">Each keeps its address, and goes on air as often as you like.</p>
        </div>
        <button type="button" class="button button-live" onClick={() => setIsMaking(true)}>
          <Icon name="plus" />
          New stream
        </button>
      </div>
      <RequireAccount>
        {() => (
          <>
            <OwnStreams onNew={() => setIsMaking(true)} />
            <NewStreamDialog
              isOpen={isMaking()}
              onClose={() => setIsMaking(false)}
              onMade={({ id, streamKey }) => {
                keepFreshKey(id, streamKey);
                navigate(`/studio/live/${id}`);
              }}
            />
          </>
        )}
      </RequireAccount>
      <p class="page-foot muted">
        <A href="/studio">Your videos</A> are in the studio; recordings of broadcasts are there too.
      </p>
    </div>
  );
}
