import { A, useSearchParams } from "@solidjs/router";
import { Show } from "solid-js";
import { currentUser, session } from "../accounts/session.store.ts";
import { LiveNow } from "../live/live-lists/live-now.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Icon } from "../ui/icon.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { createPageTitle, instanceName } from "../ui/page-title.ts";
import { School } from "../ui/school.tsx";
import { categoryLabels, isCategory } from "../videos/categories.ts";
import { CategoryChips } from "./category-chips.tsx";
import { MoreButton } from "./more-button.tsx";
import { createPagedVideos } from "./paged-videos.ts";
import { VideoGrid, VideoGridSkeleton } from "./video-grid.tsx";
import "./discovery.css";

const eagerCount = 8;
/** Fewer videos than this make one list; a second order of the same few says nothing. */
const fewVideosCount = 6;

function Welcome() {
  return (
    <section class="welcome">
      <School seed="welcome" count={60} />
      <div class="welcome-words">
        <h1>{instanceName() === "Shoal" ? "Videos, carried by their audience" : instanceName()}</h1>
        <p>Who watches here passes pieces on to the next viewer, so a small server holds a large crowd.</p>
        <div class="button-row">
          <A class="button welcome-button" href="/register">
            Make an account
          </A>
          <A class="button welcome-button-quiet" href="/search?sort=popular">
            See what is popular
          </A>
        </div>
      </div>
    </section>
  );
}

export function HomePage() {
  const [search] = useSearchParams();
  const category = () => (isCategory(search.category) ? search.category : undefined);
  createPageTitle(() => {
    const chosen = category();
    return chosen ? categoryLabels[chosen] : "";
  });
  const newest = createPagedVideos(() => ({ sort: "newest", category: category() }));
  const popular = createPagedVideos(() => ({ sort: "popular", category: category() }));
  const hasPopular = () => (popular.first.value()?.items.length ?? 0) > fewVideosCount;
  return (
    <div class="page">
      <Show
        when={session().state === "guest" && !category()}
        fallback={<h1 class="visually-hidden">Home</h1>}
      >
        <Welcome />
      </Show>
      <CategoryChips chosen={category()} />
      <LiveNow category={category()} />
      <Loaded of={newest.first} loading={<VideoGridSkeleton count={8} />}>
        {(list) => (
          <Show when={list().items.length > 0} fallback={<NothingYet hasCategory={Boolean(category())} />}>
            <Show when={hasPopular()}>
              <section class="shelf-section" aria-labelledby="home-popular">
                <div class="section-head">
                  <h2 id="home-popular">Popular</h2>
                  <A href={`/search?sort=popular${category() ? `&category=${category()}` : ""}`}>
                    See all
                    <Icon name="chevronRight" />
                  </A>
                </div>
                <VideoGrid
                  layout="shelf"
                  videos={popular.first.value()?.items.slice(0, 10) ?? []}
                  eagerCount={4}
                />
              </section>
            </Show>
            <section aria-labelledby="home-newest">
              <div class="section-head">
                <h2 id="home-newest">Fresh in</h2>
              </div>
              <VideoGrid videos={list().items} eagerCount={eagerCount} />
              <MoreButton list={newest} />
            </section>
          </Show>
        )}
      </Loaded>
    </div>
  );
}

function NothingYet(props: { hasCategory: boolean }) {
  return (
    <Show
      when={props.hasCategory}
      fallback={
        <EmptyState
          seed="first"
          title="Still water"
          text="There is no video here yet. The first one makes the waves."
        >
          <A class="button button-primary" href={currentUser() ? "/upload" : "/login?next=%2Fupload"}>
            <Icon name="upload" />
            Upload the first video
          </A>
        </EmptyState>
      }
    >
      <EmptyState
        seed="category"
        title="Nothing in these waters yet"
        text="Nobody has published in this category so far."
      >
        <A class="button" href="/">
          See everything
        </A>
      </EmptyState>
    </Show>
  );
}
