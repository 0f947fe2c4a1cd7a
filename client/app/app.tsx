import { Route, Router } from "@solidjs/router";
import { type Component, lazy } from "solid-js";
import { Shell } from "./shell.tsx";

/** A page of its own file, fetched when somebody goes there. */
function page<Name extends string>(load: () => Promise<Record<Name, Component>>, name: Name): Component {
  return lazy(() => load().then((module) => ({ default: module[name] })));
}

const pages = {
  "/": page(() => import("../discovery/home.page.tsx"), "HomePage"),
  "/search": page(() => import("../discovery/search.page.tsx"), "SearchPage"),
  "/watch/:id": page(() => import("../videos/watch.page.tsx"), "WatchPage"),
  "/live/:id": page(() => import("../live/watch/live.page.tsx"), "LivePage"),
  "/live": page(() => import("../live/live-lists/live-list.page.tsx"), "LiveListPage"),
  "/upload": page(() => import("../upload/upload.page.tsx"), "UploadPage"),
  "/studio": page(() => import("../videos/studio.page.tsx"), "StudioPage"),
  "/studio/:id": page(() => import("../videos/edit-video.page.tsx"), "EditVideoPage"),
  "/studio/live": page(() => import("../live/studio/own-streams.page.tsx"), "OwnStreamsPage"),
  "/studio/live/:streamId": page(() => import("../live/studio/live-studio.page.tsx"), "LiveStudioPage"),
  "/login": page(() => import("../accounts/login.page.tsx"), "LoginPage"),
  "/register": page(() => import("../accounts/register.page.tsx"), "RegisterPage"),
  "/forgot-password": page(() => import("../accounts/forgot-password.page.tsx"), "ForgotPasswordPage"),
  "/reset-password": page(() => import("../accounts/reset-password.page.tsx"), "ResetPasswordPage"),
  "/verify": page(() => import("../accounts/verify.page.tsx"), "VerifyPage"),
  "/settings": page(() => import("../accounts/settings.page.tsx"), "SettingsPage"),
  "/first-run": page(() => import("../instance/first-run.page.tsx"), "FirstRunPage"),
};
const ChannelPage = page(() => import("../accounts/channel.page.tsx"), "ChannelPage");
const NotFoundPage = page(() => import("../instance/not-found.page.tsx"), "NotFoundPage");

/** Every address that the page knows. */
export function App() {
  return (
    <Router root={Shell}>
      {Object.entries(pages).map(([path, component]) => (
        <Route path={path} component={component} />
      ))}
      <Route path="/:handle" component={ChannelPage} matchFilters={{ handle: /^@./ }} />
      <Route path="*" component={NotFoundPage} />
    </Router>
  );
}
