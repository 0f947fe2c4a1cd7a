import {
  type CreateStreamInput,
  createStreamInputSchema,
  type OwnStream,
  type StreamMode,
  type UpdateStreamInput,
  updateStreamInputSchema,
} from "#common/live/stream.ts";
import type { VideoCategory, VideoVisibility } from "#common/videos/video.ts";
import type { FieldErrors } from "./auto-saver.ts";

/** What a streamer writes and chooses about a stream; what a select box gives is text. */
export interface StreamDetails {
  readonly title: string;
  readonly description: string;
  readonly category: VideoCategory;
  /** Empty: not said. */
  readonly language: string;
  readonly visibility: VideoVisibility;
  readonly mode: StreamMode;
  /** What a `datetime-local` field shows; empty: not said. */
  readonly scheduledAt: string;
  readonly isRecorded: boolean;
  readonly peersAllowed: boolean;
  readonly reconnectWindow: string;
  readonly dvrWindow: string;
}

export const newStreamDetails: StreamDetails = {
  title: "",
  description: "",
  category: "other",
  language: "",
  visibility: "public",
  mode: "realtime",
  scheduledAt: "",
  isRecorded: true,
  peersAllowed: true,
  reconnectWindow: "60",
  dvrWindow: "1800",
};

const pad = (value: number) => String(value).padStart(2, "0");

/** A time of the wire as a field of this clock shows it: `2026-11-21T20:00`. */
export function toLocalTime(at: string | null): string {
  if (at === null) return "";
  const date = new Date(at);
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** The other way; `null`: nothing, or nothing yet, is said. */
export function fromLocalTime(text: string): string | null {
  const time = text === "" ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

export function toStreamDetails(stream: OwnStream): StreamDetails {
  const { title, description, category, language, visibility, mode, isRecorded, peersAllowed } = stream;
  return {
    ...{ title, description, category, language, visibility, mode, isRecorded, peersAllowed },
    scheduledAt: toLocalTime(stream.scheduledAt),
    reconnectWindow: String(stream.reconnectWindowSeconds),
    dvrWindow: String(stream.dvrWindowSeconds),
  };
}

/** The API's words; a language that was not said is left out. */
function toFields(details: StreamDetails) {
  const { language, scheduledAt, reconnectWindow, dvrWindow, ...rest } = details;
  return {
    ...rest,
    ...(language && { language }),
    scheduledAt: fromLocalTime(scheduledAt),
    reconnectWindowSeconds: Number(reconnectWindow),
    dvrWindowSeconds: Number(dvrWindow),
  };
}

export function toCreateInput(details: StreamDetails): CreateStreamInput {
  return createStreamInputSchema.parse(toFields(details));
}

/** What is different, so that a field that somebody else changed meanwhile is left alone. */
export function toUpdateInput(before: StreamDetails, after: StreamDetails): UpdateStreamInput {
  const known: Readonly<Record<string, unknown>> = toFields(before);
  const changed = Object.entries(toFields(after)).filter(([name, value]) => known[name] !== value);
  return updateStreamInputSchema.parse(Object.fromEntries(changed));
}

const fieldOfName: Partial<Record<string, keyof StreamDetails>> = {
  reconnectWindowSeconds: "reconnectWindow",
  dvrWindowSeconds: "dvrWindow",
};

/** What does not fit, by field; empty when all does. */
export function checkStreamDetails(details: StreamDetails): FieldErrors<StreamDetails> {
  const parsed = updateStreamInputSchema.safeParse(toFields(details));
  const errors: FieldErrors<StreamDetails> = {};
  for (const issue of parsed.error?.issues ?? []) {
    const wire = String(issue.path[0]);
    const name =
      fieldOfName[wire] ?? Object.keys(details).find((key): key is keyof StreamDetails => key === wire);
    if (name) errors[name] ??= issue.message;
  }
  return errors;
}

export const modeChoices: readonly { value: StreamMode; label: string; hint: string }[] = [
  {
    value: "realtime",
    label: "Low latency",
    hint: "Viewers see you in under a second. When very many come, the rest follow a few seconds behind.",
  },
  {
    value: "crowd",
    label: "Crowd",
    hint: "Everybody is a few seconds behind and hands the stream on to others. For large audiences.",
  },
];

const minute = 60;

function withOwn(choices: readonly { value: string; label: string }[], current: string, label: string) {
  return choices.some(({ value }) => value === current) ? choices : [...choices, { value: current, label }];
}

/** How long a stream waits for its sender; a value that was set elsewhere is kept. */
export function reconnectChoices(current: string): readonly { value: string; label: string }[] {
  const choices = [
    { value: "0", label: "Not at all" },
    { value: "15", label: "15 seconds" },
    { value: String(minute), label: "1 minute" },
    { value: String(5 * minute), label: "5 minutes" },
    { value: String(30 * minute), label: "30 minutes" },
  ];
  return withOwn(choices, current, `${current} seconds`);
}

/** How far back viewers can go. */
export function rewindChoices(current: string): readonly { value: string; label: string }[] {
  const choices = [
    { value: String(5 * minute), label: "5 minutes" },
    { value: String(30 * minute), label: "30 minutes" },
    { value: String(120 * minute), label: "2 hours" },
    { value: "0", label: "To the beginning" },
  ];
  return withOwn(choices, current, `${current} seconds`);
}
