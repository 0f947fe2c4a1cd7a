import { useLocation } from "@solidjs/router";
import { For, Show } from "solid-js";
import { currentUser } from "../accounts/session.store.ts";
import { onAir } from "../live/on-air.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { categoryLabels, highlightedCategories } from "../videos/categories.ts";
import "./nav.css";

function NavLink(props: { href: string; icon: IconName; label: string; isCurrent: boolean; class?: string }) {
  return (
    <li class={props.class}>
      <a class="nav-link" href={props.href} aria-current={props.isCurrent ? "page" : undefined}>
        <span class="nav-icon">
          <Icon name={props.icon} />
        </span>
        <span class="nav-label">{props.label}</span>
      </a>
    </li>
  );
}

/** Beside the page on desks, under the thumb on phones. */
export function Nav() {
  const location = useLocation();
  const isAt = (path: string) => location.pathname === path;
  const category = () => (isAt("/") ? location.query.category : undefined);
  const isInLiveStudio = () => location.pathname.startsWith("/studio/live");
  const isPopular = () => isAt("/search") && location.query.sort === "popular" && !location.query.query;
  return (
    <nav class="nav" aria-label="Main">
      <ul class="nav-list">
        <NavLink href="/" icon="home" label="Home" isCurrent={isAt("/") && !category()} />
        <NavLink href="/live" icon="live" label="Live" isCurrent={isAt("/live")} />
        <NavLink
          href="/search?sort=popular"
          icon="wave"
          label="Popular"
          isCurrent={isPopular()}
          class="nav-desk"
        />
        <NavLink href="/upload" icon="upload" label="Upload" isCurrent={isAt("/upload")} class="nav-upload" />
        <NavLink
          href="/studio"
          icon="studio"
          label="Studio"
          isCurrent={location.pathname.startsWith("/studio") && !isInLiveStudio()}
        />
        <Show when={currentUser()}>
          <NavLink
            href={`/studio/live${onAir() ? `/${onAir()?.streamId}` : ""}`}
            icon="camera"
            label={onAir() ? "On air" : "Go live"}
            isCurrent={isInLiveStudio()}
            class={onAir() ? "nav-on-air" : "nav-desk"}
          />
        </Show>
        <Show
          when={currentUser()}
          fallback={
            <NavLink href="/login" icon="logIn" label="Log in" isCurrent={isAt("/login")} class="nav-phone" />
          }
        >
          {(user) => (
            <NavLink
              href={`/@${user().handle}`}
              icon="user"
              label="You"
              isCurrent={isAt(`/@${user().handle}`)}
            />
          )}
        </Show>
      </ul>
      <div class="nav-more">
        <p class="nav-heading" id="nav-categories">
          Browse
        </p>
        <ul class="nav-list" aria-labelledby="nav-categories">
          <For each={highlightedCategories}>
            {(name) => (
              <li>
                <a
                  class="nav-link nav-category"
                  href={`/?category=${name}`}
                  aria-current={category() === name ? "page" : undefined}
                >
                  {categoryLabels[name]}
                </a>
              </li>
            )}
          </For>
        </ul>
        <p class="nav-note">Videos here are carried by the people who watch them.</p>
      </div>
    </nav>
  );
}
