import { describe, expect, it } from "vitest";
import { checkDetails, languageChoices, toTitle, toVideoInput, type VideoDetails } from "./video-details.ts";

const details: VideoDetails = {
  title: "Herring",
  description: "",
  tags: ["fish"],
  category: "animals",
  language: "",
  visibility: "private",
};

describe("the details of a video", () => {
  it.each([
    ["my_trip-2024.final.MP4", "My trip 2024 final"],
    ["Already fine.mkv", "Already fine"],
    [".mp4", "Untitled"],
    ["no extension", "No extension"],
    [`${"x".repeat(300)}.mp4`, `X${"x".repeat(149)}`],
  ])("make a title of the file name %s", (name, title) => expect(toTitle(name)).toBe(title));

  it("name what does not fit", () => {
    expect(checkDetails(details)).toEqual({});
    expect(Object.keys(checkDetails({ ...details, title: "  ", tags: ["#"] }))).toEqual(["title", "tags"]);
  });

  it("leave out a language that was not said", () => {
    expect(toVideoInput(details)).not.toHaveProperty("language");
    expect(toVideoInput({ ...details, language: "pt-BR" }).language).toBe("pt-BR");
  });

  it("keep a language that is not in the list", () => {
    expect(languageChoices("")[0]).toEqual({ value: "", label: "Not said" });
    expect(languageChoices("gsw").map((choice) => choice.value)).toContain("gsw");
  });
});
