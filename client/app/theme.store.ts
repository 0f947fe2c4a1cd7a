import { createSignal } from "solid-js";

/** `system` follows the device; the small script in `public/theme.js` sets the others before the first paint. */
export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const storageKey = "shoal.theme";

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(storageKey);
    return themes.find((theme) => theme === stored) ?? "system";
  } catch {
    return "system";
  }
}

const [theme, setThemeSignal] = createSignal<Theme>(readTheme());

export { theme };

export function setTheme(next: Theme): void {
  setThemeSignal(next);
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(storageKey, next);
  } catch {
    // storage is closed: the choice holds until the page goes
  }
}
