import { A } from "@solidjs/router";
import { lazy, Match, Suspense, Switch } from "solid-js";
import { session } from "../accounts/session.store.ts";
import { SearchBox } from "../discovery/search-box.tsx";
import { Icon } from "../ui/icon.tsx";
import { Logo } from "../ui/logo.tsx";
import { instanceName } from "../ui/page-title.ts";
import { activeUploads } from "../upload/active-uploads.ts";
import { setTheme, theme } from "./theme.store.ts";
import "./header.css";

const AccountMenu = lazy(() =>
  import("../accounts/account-menu.tsx").then((m) => ({ default: m.AccountMenu })),
);

function isDarkNow(): boolean {
  return theme() === "dark" || (theme() === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}

function GuestActions() {
  return (
    <>
      <button
        type="button"
        class="button button-quiet button-icon header-theme"
        aria-label={isDarkNow() ? "Light theme" : "Dark theme"}
        onClick={() => setTheme(isDarkNow() ? "light" : "dark")}
      >
        <Icon name={isDarkNow() ? "sun" : "moon"} />
      </button>
      <A class="button button-primary" href="/login">
        Log in
      </A>
    </>
  );
}

export function Header() {
  return (
    <header class="header">
      <A class="header-logo" href="/" aria-label={`${instanceName()}, home`}>
        <Logo name={instanceName()} />
      </A>
      <SearchBox />
      <div class="header-actions">
        <A class="button header-upload" href="/upload">
          <Icon name="upload" />
          {activeUploads() > 0 ? `Uploading ${activeUploads()}` : "Upload"}
        </A>
        <Switch fallback={<span class="skeleton skeleton-circle header-waiting" />}>
          <Match when={session().state === "account"}>
            <Suspense fallback={<span class="skeleton skeleton-circle header-waiting" />}>
              <AccountMenu />
            </Suspense>
          </Match>
          <Match when={session().state === "guest"}>
            <GuestActions />
          </Match>
        </Switch>
      </div>
    </header>
  );
}
