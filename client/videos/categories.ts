import type { VideoCategory } from "#common/videos/video.ts";

/** Categories in the words of the page; keys come from the schema. */
export const categoryLabels: Readonly<Record<VideoCategory, string>> = {
  animals: "Animals",
  art: "Art & design",
  comedy: "Comedy",
  education: "Education",
  entertainment: "Entertainment",
  film: "Film",
  food: "Food",
  gaming: "Gaming",
  howto: "How-to",
  music: "Music",
  news: "News",
  people: "People",
  science: "Science",
  sports: "Sports",
  technology: "Technology",
  travel: "Travel",
  other: "Everything else",
};

export function isCategory(text: unknown): text is VideoCategory {
  return typeof text === "string" && Object.hasOwn(categoryLabels, text);
}

/** All of them, in the order of the schema. */
export const categories: readonly VideoCategory[] = Object.keys(categoryLabels).filter(isCategory);

/** The ones beside every page. */
export const highlightedCategories: readonly VideoCategory[] = [
  "music",
  "education",
  "science",
  "technology",
  "gaming",
  "travel",
  "animals",
];
