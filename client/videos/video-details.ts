import {
  type CreateVideoInput,
  createVideoInputSchema,
  type OwnVideo,
  updateVideoInputSchema,
  type VideoCategory,
  type VideoVisibility,
} from "#common/videos/video.ts";

/** What a creator writes about a video. */
export interface VideoDetails {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly category: VideoCategory;
  /** Empty: not said. */
  readonly language: string;
  readonly visibility: VideoVisibility;
}

export type DetailErrors = Partial<Record<keyof VideoDetails, string>>;

/** `my_trip-2024.final.MP4` → `My trip 2024 final`. */
export function toTitle(fileName: string): string {
  const words = fileName
    .replace(/\.[A-Za-z0-9]{2,4}$/, "")
    .replace(/[._-]+/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 150);
  return words ? words.charAt(0).toUpperCase() + words.slice(1) : "Untitled";
}

export function toDetails(video: OwnVideo): VideoDetails {
  const { title, description, tags, category, language, visibility } = video;
  return { title, description, tags, category, language, visibility };
}

/** The API's input: a language that was not said is left out. */
export function toVideoInput(details: VideoDetails): CreateVideoInput {
  const { language, tags, ...rest } = details;
  return createVideoInputSchema.parse({ ...rest, tags: [...tags], ...(language && { language }) });
}

/** What does not fit, by field; empty when all does. */
export function checkDetails(details: VideoDetails): DetailErrors {
  const { language, ...rest } = details;
  const parsed = updateVideoInputSchema.safeParse({ ...rest, ...(language && { language }) });
  const errors: DetailErrors = {};
  for (const issue of parsed.error?.issues ?? []) {
    const name = Object.keys(details).find((key): key is keyof VideoDetails => key === issue.path[0]);
    if (name) errors[name] ??= issue.message;
  }
  return errors;
}

export const visibilityChoices: readonly { value: VideoVisibility; label: string; hint: string }[] = [
  { value: "public", label: "Public", hint: "Everybody can find and watch it." },
  { value: "unlisted", label: "Unlisted", hint: "Everybody who has the link can watch it." },
  { value: "private", label: "Private", hint: "Only you can watch it." },
];

const languageTags = [
  "ar",
  "bn",
  "cs",
  "da",
  "de",
  "el",
  "en",
  "es",
  "fa",
  "fi",
  "fr",
  "he",
  "hi",
  "hu",
  "id",
  "it",
  "ja",
  "ko",
  "nb",
  "nl",
  "pl",
  "pt",
  "pt-BR",
  "ro",
  "ru",
  "sv",
  "sw",
  "th",
  "tr",
  "uk",
  "ur",
  "vi",
  "zh-Hans",
  "zh-Hant",
];
const languageNames = new Intl.DisplayNames("en", { type: "language" });

/** The languages of the list, and the video's own when it is another. */
export function languageChoices(current: string): { value: string; label: string }[] {
  const tags = current && !languageTags.includes(current) ? [...languageTags, current] : languageTags;
  const named = tags.map((value) => ({ value, label: languageNames.of(value) ?? value }));
  named.sort((a, b) => a.label.localeCompare(b.label));
  return [{ value: "", label: "Not said" }, ...named];
}
