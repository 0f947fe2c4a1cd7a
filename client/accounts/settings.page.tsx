import { setTheme, type Theme, theme } from "../app/theme.store.ts";
import { preferences, rememberPreferences } from "../playback/preferences.store.ts";
import { ChoiceGroup } from "../ui/choice-group.tsx";
import { createPageTitle } from "../ui/page-title.ts";
import { AccountSettings } from "./account-settings.tsx";
import { ProfileSettings } from "./profile-settings.tsx";
import { RequireAccount } from "./require-account.tsx";
import { SettingsSection } from "./settings-section.tsx";
import "./settings.css";

const themeChoices: readonly { value: Theme; label: string; hint: string }[] = [
  {
    value: "system",
    label: "As the device",
    hint: "Follows day and night.",
  },
  { value: "light", label: "Light", hint: "Foam and ink." },
  { value: "dark", label: "Dark", hint: "Deep water." },
];

const peerChoices = [
  {
    value: "given",
    label: "Share with other viewers",
    hint: "Others learn your IP address, as in a video call.",
  },
  { value: "refused", label: "Never share", hint: "All media comes from the server." },
  { value: "unasked", label: "Ask me in the player", hint: "Nothing is shared before you answer." },
] as const;

function Appearance() {
  return (
    <SettingsSection title="Appearance" lead="Kept in this browser.">
      <ChoiceGroup isRow label="Theme" choices={themeChoices} value={theme()} onChange={setTheme} />
    </SettingsSection>
  );
}

function Playback() {
  return (
    <SettingsSection
      title="Playback and sharing"
      lead="Viewers of the same video can hand pieces of it to each other. Each piece is checked before it plays. Kept in this browser."
    >
      <ChoiceGroup
        label="Sharing"
        choices={peerChoices}
        value={preferences.peerConsent}
        onChange={(peerConsent) => rememberPreferences({ peerConsent })}
      />
    </SettingsSection>
  );
}

export function SettingsPage() {
  createPageTitle(() => "Settings");
  return (
    <div class="page page-settings">
      <div class="page-head">
        <h1>Settings</h1>
      </div>
      <RequireAccount>
        {(user) => (
          <div class="settings">
            <ProfileSettings user={user()} />
            <Appearance />
            <Playback />
            <AccountSettings user={user()} />
          </div>
        )}
      </RequireAccount>
    </div>
  );
}
