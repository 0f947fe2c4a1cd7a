/** Halves of characters, and signs that turn the direction of all text around them. */
const harmful = /[\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;
const breaks = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
const controls = /[^\P{Cc}\n\t]/gu;
const visible = /[^\p{C}\p{Z}\p{M}]/u;

/** A text of people in one line: without control characters and ends that nobody sees; empty when nothing of it is seen. */
export function toLine(text: string): string {
  const line = text.replace(harmful, "").replace(breaks, " ").trim();
  return visible.test(line) ? line : "";
}

/** The same of several lines: their ends are `\n`. */
export function toLines(text: string): string {
  const lines = text
    .replace(/\r\n?|[\p{Zl}\p{Zp}]/gu, "\n")
    .replace(harmful, "")
    .replace(controls, "");
  return visible.test(lines) ? lines : "";
}
