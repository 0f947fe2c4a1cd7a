import { useNavigate } from "@solidjs/router";
import { For, Show } from "solid-js";
import { toProblem } from "../app/problem.ts";
import { setTheme, type Theme, theme, themes } from "../app/theme.store.ts";
import { Avatar } from "../ui/avatar.tsx";
import type { IconName } from "../ui/icon.tsx";
import { Menu, MenuAction, MenuLine, MenuLink } from "../ui/menu.tsx";
import { showToast } from "../ui/toast.tsx";
import { currentUser, logOut } from "./session.store.ts";
import "./account-menu.css";

const themeIcons: Record<Theme, IconName> = { system: "screen", light: "sun", dark: "moon" };
const themeLabels: Record<Theme, string> = {
  system: "Theme of the device",
  light: "Light theme",
  dark: "Dark theme",
};

/** The account's own corner of the header. */
export function AccountMenu() {
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await logOut();
      navigate("/");
      showToast("You are logged out.");
    } catch (error) {
      showToast(toProblem(error).text, "problem");
    }
  };
  return (
    <Show when={currentUser()}>
      {(user) => (
        <Menu
          label="Your account"
          triggerClass="header-account"
          trigger={<Avatar handle={user().handle} displayName={user().displayName} />}
        >
          <div class="account-menu-head">
            <span class="account-menu-name">{user().displayName || user().handle}</span>
            <span class="muted">@{user().handle}</span>
          </div>
          <MenuLine />
          <MenuLink icon="user" href={`/@${user().handle}`}>
            Your channel
          </MenuLink>
          <MenuLink icon="studio" href="/studio">
            Studio
          </MenuLink>
          <MenuLink icon="settings" href="/settings">
            Settings
          </MenuLink>
          <MenuLine />
          <For each={themes.filter((choice) => choice !== theme())}>
            {(choice) => (
              <MenuAction icon={themeIcons[choice]} onSelect={() => setTheme(choice)}>
                {themeLabels[choice]}
              </MenuAction>
            )}
          </For>
          <MenuLine />
          <MenuAction icon="logOut" onSelect={leave}>
            Log out
          </MenuAction>
        </Menu>
      )}
    </Show>
  );
}
