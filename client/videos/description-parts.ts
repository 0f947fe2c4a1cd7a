/** A piece of a description: words, an address, or a time that leads into the video. */
export type DescriptionPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string }
  | { readonly kind: "time"; readonly text: string; readonly atSeconds: number };

// an address up to white space, or h:mm:ss and m:ss that stand alone
const pattern = /(https?:\/\/[^\s<>"]+)|(?<![\d:.])((?:\d{1,2}:)?\d{1,2}:\d{2})(?![\d:])/g;

/** `1:02:03` → 3723; nothing for a time such as `1:75`. */
function toSeconds(text: string): number | undefined {
  const numbers = text.split(":").map(Number);
  if (numbers.slice(1).some((number) => number > 59)) return undefined;
  return numbers.reduce((sum, number) => sum * 60 + number, 0);
}

/** An address ends before the punctuation of its sentence. */
function trimAddress(text: string): string {
  return text.replace(/[.,;:!?'")\]]+$/, "");
}

/** Cuts a description into parts; times behind the end of the video stay words. */
export function toDescriptionParts(description: string, durationSeconds: number): DescriptionPart[] {
  const parts: DescriptionPart[] = [];
  let doneUpTo = 0;
  const add = (part: DescriptionPart, from: number) => {
    if (from > doneUpTo) parts.push({ kind: "text", text: description.slice(doneUpTo, from) });
    parts.push(part);
    doneUpTo = from + part.text.length;
  };
  for (const match of description.matchAll(pattern)) {
    const [whole, address] = match;
    if (address) {
      const text = trimAddress(address);
      add({ kind: "link", text, href: text }, match.index);
      continue;
    }
    const atSeconds = toSeconds(whole);
    if (atSeconds !== undefined && atSeconds <= durationSeconds) {
      add({ kind: "time", text: whole, atSeconds }, match.index);
    }
  }
  if (doneUpTo < description.length) parts.push({ kind: "text", text: description.slice(doneUpTo) });
  return parts;
}

/** The `t` of an address: seconds, or `1h2m3s`. */
export function parseStartSeconds(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined;
  if (/^\d{1,6}s?$/.test(text)) return Number.parseInt(text, 10);
  const match = /^(?:(\d{1,2})h)?(?:(\d{1,3})m)?(?:(\d{1,5})s)?$/.exec(text);
  if (!match || text === "") return undefined;
  const [, hours = "0", minutes = "0", seconds = "0"] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
