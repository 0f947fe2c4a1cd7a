/** What the doctor says about one thing. */
export interface Finding {
  readonly name: string;
  /** `missing`: Shoal cannot run so; `poor`: it can, with the consequence that `meaning` tells. */
  readonly state: "fine" | "poor" | "missing";
  /** What is there. */
  readonly found: string;
  /** What it means for the person, and what to do; only when not fine. */
  readonly meaning?: string;
}

/** A line per finding, and below it what it means. */
export function toFindingText({ name, state, found, meaning }: Finding): string {
  const mark = { fine: "✓", poor: "!", missing: "✗" }[state];
  return `${mark} ${name}: ${found}${state !== "fine" && meaning ? `\n    ${meaning}` : ""}`;
}
