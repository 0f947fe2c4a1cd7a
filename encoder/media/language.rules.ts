const unknownLanguage = "und";

/** BCP 47 tag of a container's language (`ger`, `deu`, `de-AT`); `und` for what is none. */
export function toLanguageTag(text: string | undefined): string {
  try {
    const [tag] = Intl.getCanonicalLocales((text ?? "").trim().replaceAll("_", "-"));
    return tag && tag.length <= 35 ? tag : unknownLanguage;
  } catch {
    return unknownLanguage;
  }
}

/** The language's English name, or `undefined` when it is not known. */
export function toLanguageName(tag: string): string | undefined {
  if (tag === unknownLanguage) return undefined;
  const name = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" }).of(tag);
  return name || undefined;
}

/** A title from a file as one short line without control characters. */
export function toTrackTitle(text: string | undefined): string {
  return (text ?? "")
    .replace(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, 60);
}
