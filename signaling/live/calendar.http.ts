import type { FastifyInstance, FastifyRequest } from "fastify";
import { ShoalError } from "#common/errors.ts";
import { streamIdSchema } from "#common/live/stream.ts";
import { toCalendar } from "./calendar.ts";
import type { StreamRecord } from "./stream-record.ts";
import type { Viewer } from "./streams.rules.ts";
import type { StreamService } from "./streams.service.ts";

/** What the calendar door needs. */
export interface CalendarHttpOptions {
  readonly streams: Pick<StreamService, "findFor">;
  /** Who asks; throws `auth.invalid_token`. */
  readonly authenticate: (request: FastifyRequest) => Promise<Viewer>;
  readonly publicUrl: string;
}

/** Nobody says how long a broadcast will be; an entry needs a length to be seen. */
const durationMinutes = 60;

/** Mounts `GET /api/streams/:id/calendar.ics`: the entry of an announced stream. */
export function mountCalendar(app: FastifyInstance, options: CalendarHttpOptions): void {
  app.get("/api/streams/:id/calendar.ics", async (request, reply) => {
    const viewer = await options.authenticate(request);
    const stream = await options.streams.findFor(viewer, toStreamId(request));
    const file = toCalendar(toEvent(stream, options.publicUrl));
    return reply
      .type("text/calendar; charset=utf-8")
      .header("content-disposition", `attachment; filename="stream-${stream.id}.ics"`)
      .header("cache-control", "no-cache")
      .send(file);
  });
}

function toEvent(stream: StreamRecord, publicUrl: string) {
  const { id, title, description, scheduledAt, createdAt, updatedAt } = stream;
  if (scheduledAt === null) throw new ShoalError("request.not_found", "This stream is not announced.");
  const url = `${publicUrl}/live/${id}`;
  return {
    uid: `stream-${id}@${new URL(publicUrl).hostname}`,
    sequence: Math.max(0, Math.floor((Date.parse(updatedAt) - Date.parse(createdAt)) / 1000)),
    title,
    description: description === "" ? url : `${description}\n\n${url}`,
    url,
    startsAt: scheduledAt,
    durationMinutes,
    createdAt,
    updatedAt,
  };
}

function toStreamId({ params }: FastifyRequest) {
  const id = params !== null && typeof params === "object" && "id" in params ? params.id : undefined;
  const parsed = streamIdSchema.safeParse(id);
  if (!parsed.success) throw new ShoalError("request.invalid", "This is not an id.");
  return parsed.data;
}
