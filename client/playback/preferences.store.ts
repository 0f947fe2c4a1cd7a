import { createStore } from "solid-js/store";
import { z } from "zod";

const storageKey = "shoal.player";

const preferencesSchema = z.object({
  volume: z.number().min(0).max(1).catch(1),
  isMuted: z.boolean().catch(false),
  rate: z.number().min(0.25).max(4).catch(1),
  /** Language of the captions that are shown; `null`: none. */
  captionLanguage: z.string().nullable().catch(null),
  /** What the viewer answered about sharing with other viewers. */
  peerConsent: z.enum(["unasked", "given", "refused"]).catch("unasked"),
  /** What live streams are watched with where there is a choice. */
  liveWish: z.enum(["low_latency", "smooth"]).catch("low_latency"),
  /** What the connection last carried; 0: not known yet. */
  bandwidthBps: z.number().nonnegative().catch(0),
});
/** What the player remembers in this browser. */
export type PlayerPreferences = z.infer<typeof preferencesSchema>;

const [preferences, setPreferences] = createStore<PlayerPreferences>(readPreferences());

/** What the player remembers; reactive. */
export { preferences };

/** Remembers some of it, here and in other tabs that open later. */
export function rememberPreferences(changes: Partial<PlayerPreferences>): void {
  setPreferences(changes);
  try {
    localStorage.setItem(storageKey, JSON.stringify(preferences));
  } catch {
    // a browser that keeps nothing: it lasts as long as the page
  }
}

function readPreferences(): PlayerPreferences {
  try {
    return preferencesSchema.parse(JSON.parse(localStorage.getItem(storageKey) ?? "{}"));
  } catch {
    return preferencesSchema.parse({});
  }
}
