import type { z } from "zod";
import { recordIdSchema } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import {
  pipeRequestSchema,
  plainPublishRequestSchema,
  publishRequestSchema,
  roomOriginSchema,
  sdpPatchSchema,
  sfuControlPath,
  tapRequestSchema,
  viewerDisplaySchema,
  viewRequestSchema,
} from "#common/live/sfu-control.ts";
import { defineCall, type InternalCall, type InternalCallInput } from "#common/node/internal-calls.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";

/** A state is answered after this at the latest. */
const longestWaitMs = 10_000;

/** The control interface of `common/live/sfu-control.ts`. */
export function createLiveCalls(rooms: Rooms, options: { readonly ownUrl: () => string }): InternalCall[] {
  const roomPath = `${sfuControlPath}/rooms/:roomId`;
  const define = <Body extends z.ZodType>(definition: Parameters<typeof defineCall<Body>>[0]) =>
    defineCall<Body>({ ...definition, handle: (input) => withoutInnerWords(() => definition.handle(input)) });

  return [
    define({
      method: "GET",
      path: `${sfuControlPath}/state`,
      handle: ({ query, signal }) => {
        const after = query.get("after");
        return after === null ? rooms.state() : rooms.stateAfter(Number(after), longestWaitMs, signal);
      },
    }),
    define({
      method: "POST",
      path: `${roomPath}/publisher`,
      body: publishRequestSchema,
      status: 201,
      handle: (input) => rooms.open(toRoomId(input)).publish(input.body.sdpOffer),
    }),
    define({
      method: "PATCH",
      path: `${roomPath}/publisher/:sessionId`,
      body: sdpPatchSchema,
      handle: (input) => {
        const { kind, sdp, ifMatch } = input.body;
        if (kind === "answer")
          throw new ShoalError("request.invalid", "A publisher brings an offer, not an answer.");
        return findRoom(rooms, input).patchPublisher(param(input, "sessionId"), sdp, ifMatch);
      },
    }),
    define({
      method: "DELETE",
      path: `${roomPath}/publisher/:sessionId`,
      handle: (input) => findRoom(rooms, input).unpublish(param(input, "sessionId")),
    }),
    define({
      method: "POST",
      path: `${roomPath}/plain-publisher`,
      body: plainPublishRequestSchema,
      status: 201,
      handle: (input) => rooms.open(toRoomId(input)).publishPlain(input.body.tracks),
    }),
    define({
      method: "POST",
      path: `${roomPath}/viewers`,
      body: viewRequestSchema,
      status: 201,
      handle: (input) => rooms.view(toRoomId(input), input.body.sdpOffer),
    }),
    define({
      method: "PATCH",
      path: `${roomPath}/viewers/:sessionId`,
      body: sdpPatchSchema,
      handle: (input) => {
        const { kind, sdp, ifMatch } = input.body;
        const viewer = findRoom(rooms, input).findViewer(param(input, "sessionId"));
        return kind === "answer" ? viewer.answer(sdp) : viewer.patch(sdp, ifMatch);
      },
    }),
    define({
      method: "PUT",
      path: `${roomPath}/viewers/:sessionId/display`,
      body: viewerDisplaySchema,
      handle: (input) => findRoom(rooms, input).findViewer(param(input, "sessionId")).show(input.body),
    }),
    define({
      method: "DELETE",
      path: `${roomPath}/viewers/:sessionId`,
      handle: (input) => findRoom(rooms, input).findViewer(param(input, "sessionId")).close(),
    }),
    define({
      method: "DELETE",
      path: `${roomPath}/viewers`,
      handle: (input) => rooms.find(toRoomId(input))?.dismissViewers(),
    }),
    define({
      method: "POST",
      path: `${roomPath}/taps`,
      body: tapRequestSchema,
      status: 201,
      handle: (input) => {
        const room = rooms.find(toRoomId(input));
        if (!room) throw new ShoalError("stream.not_live", "Nobody is live on this stream.");
        return room.tap(input.body);
      },
    }),
    define({
      method: "POST",
      path: `${roomPath}/taps/:tapId/key-frame`,
      handle: (input) => findRoom(rooms, input).findTap(param(input, "tapId")).requestKeyFrame(),
    }),
    define({
      method: "DELETE",
      path: `${roomPath}/taps/:tapId`,
      handle: (input) => findRoom(rooms, input).findTap(param(input, "tapId")).close(),
    }),
    define({
      method: "DELETE",
      path: roomPath,
      handle: (input) => rooms.find(toRoomId(input))?.close(),
    }),
    define({
      method: "PUT",
      path: `${roomPath}/origin`,
      body: roomOriginSchema,
      handle: (input) => {
        const url = new URL(input.body.url).origin;
        if (url === options.ownUrl())
          throw new ShoalError("request.invalid", "A node cannot be its own origin.");
        return rooms.open(toRoomId(input)).followOrigin(url);
      },
    }),
    define({
      method: "POST",
      path: `${roomPath}/pipes`,
      body: pipeRequestSchema,
      status: 201,
      handle: (input) => {
        const room = rooms.find(toRoomId(input));
        if (!room) throw new ShoalError("stream.not_live", "Nobody is live on this stream here.");
        return room.pipe(input.body);
      },
    }),
    define({
      method: "DELETE",
      path: `${roomPath}/pipes/:pipeId`,
      handle: (input) => findRoom(rooms, input).findPipe(param(input, "pipeId")).close(),
    }),
  ];
}

type Addressed = Pick<InternalCallInput<unknown>, "params">;

function toRoomId(input: Addressed): string {
  const roomId = recordIdSchema.safeParse(input.params.roomId);
  if (roomId.success) return roomId.data;
  throw new ShoalError("request.invalid", "This is no id of a room.");
}

function param({ params }: Addressed, name: string): string {
  return params[name] ?? "";
}

function findRoom(rooms: Rooms, input: Addressed): Room {
  const room = rooms.find(toRoomId(input));
  if (room) return room;
  throw new ShoalError("stream.session_not_found", "There is no such session here, or it has ended.");
}

/** What mediasoup refuses because a worker has just died is a passing fault. */
async function withoutInnerWords(handle: () => unknown): Promise<unknown> {
  try {
    return await handle();
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== "InvalidStateError") throw cause;
    throw new ShoalError("service.unavailable", "Live media is starting again. Try again soon.", { cause });
  }
}
