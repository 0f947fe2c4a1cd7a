/** An announced broadcast as a calendar takes it. */
export interface CalendarEvent {
  /** The same for ever, so that a change finds its entry again. */
  readonly uid: string;
  /** Grows with every change. */
  readonly sequence: number;
  readonly title: string;
  readonly description: string;
  /** Where it can be watched. */
  readonly url: string;
  /** ISO. */
  readonly startsAt: string;
  readonly durationMinutes: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** An iCalendar file with one event (RFC 5545). */
export function toCalendar(event: CalendarEvent): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Shoal//Live//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
    "BEGIN:VEVENT",
    `UID:${toText(event.uid)}`,
    `DTSTAMP:${toDateTime(event.updatedAt)}`,
    `CREATED:${toDateTime(event.createdAt)}`,
    `LAST-MODIFIED:${toDateTime(event.updatedAt)}`,
    `SEQUENCE:${event.sequence}`,
    `DTSTART:${toDateTime(event.startsAt)}`,
    `DURATION:PT${event.durationMinutes}M`,
    `SUMMARY:${toText(event.title)}`,
    `DESCRIPTION:${toText(event.description)}`,
    `URL:${event.url}`,
    "STATUS:CONFIRMED",
    "TRANSP:OPAQUE",
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join("");
}

/** RFC 5545 §3.3.11: backslashes, semicolons and commas are escaped, line ends become `\n`; no other controls. */
function toText(text: string): string {
  return text
    .replace(/[\\;,]/g, "\\$&")
    .replace(/\r\n?|\n/g, "\\n")
    .replace(/[^\P{Cc}\t]/gu, "");
}

/** RFC 5545 §3.3.5, form 2: UTC. */
function toDateTime(iso: string): string {
  return new Date(iso).toISOString().replace(/[-:]|\.\d+/g, "");
}

const maxLineOctets = 75;

/** RFC 5545 §3.1: "Lines of text SHOULD NOT be longer than 75 octets"; no character is cut in two. */
function fold(line: string): string {
  const parts: string[] = [];
  let part = "";
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > maxLineOctets) {
      parts.push(part);
      part = "";
      // the space that a continued line begins with
      octets = 1;
    }
    part += character;
    octets += size;
  }
  return [...parts, part].join("\r\n ");
}
