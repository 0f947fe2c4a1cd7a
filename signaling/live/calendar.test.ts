import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { type CalendarEvent, toCalendar } from "./calendar.ts";

const event: CalendarEvent = {
  uid: "stream-abcdefghijklmno@shoal.test",
  sequence: 7,
  title: "Reef cam",
  description: "Fish.",
  url: "https://shoal.test/live/abcdefghijklmno",
  startsAt: "2036-03-01T20:30:00.000Z",
  durationMinutes: 60,
  createdAt: "2036-01-01T00:00:00.000Z",
  updatedAt: "2036-01-02T03:04:05.678Z",
};

/** As a calendar reads it. */
function read(file: string) {
  const calendar = new ICAL.Component(ICAL.parse(file));
  const component = calendar.getFirstSubcomponent("vevent");
  if (!component) throw new Error("there is no event");
  return { calendar, component, event: new ICAL.Event(component) };
}

describe("a calendar entry", () => {
  it("says what, when and where", () => {
    const { calendar, component, event: entry } = read(toCalendar(event));
    expect(calendar.getFirstPropertyValue("version")).toBe("2.0");
    expect(calendar.getFirstPropertyValue("prodid")).toContain("Shoal");
    expect(entry.uid).toBe(event.uid);
    expect(entry.sequence).toBe(7);
    expect(entry.startDate.toJSDate().toISOString()).toBe(event.startsAt);
    expect(entry.endDate.toJSDate().toISOString()).toBe("2036-03-01T21:30:00.000Z");
    expect(component.getFirstPropertyValue("url")).toBe(event.url);
    expect(String(component.getFirstPropertyValue("dtstamp"))).toBe("2036-01-02T03:04:05Z");
  });

  it.each([
    "a, b; c \\ d: e \"f\" 'g'",
    "two\nlines",
    "\\n is no line end",
    "END:VEVENT\nBEGIN:VALARM",
    "Fische 🐟🐠🐡 und Wörter, die nicht in eine Zeile passen; ".repeat(8),
    "界".repeat(120),
    "👩‍👩‍👧‍👦".repeat(40),
    "",
  ])("keeps the text %j as it is", (text) => {
    const { calendar, event: entry } = read(toCalendar({ ...event, title: text, description: text }));
    expect(entry.summary).toBe(text);
    expect(entry.description).toBe(text);
    expect(calendar.getAllSubcomponents()).toHaveLength(1);
  });

  it("leaves out what no calendar takes", () => {
    const text = "a\r\nb\rc\u0000\u0007d\te";
    expect(read(toCalendar({ ...event, description: text })).event.description).toBe("a\nb\ncd\te");
  });

  it("has lines of 75 octets at most, each whole", () => {
    const file = toCalendar({ ...event, description: `${"é".repeat(500)}${"🐟".repeat(300)}` });
    expect(file.endsWith("\r\n")).toBe(true);
    const lines = file.slice(0, -2).split("\r\n");
    for (const line of lines) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
      expect(line).not.toMatch(/[\r\n\uFFFD]/);
    }
    expect(lines.length).toBeGreaterThan(30);
  });
});
