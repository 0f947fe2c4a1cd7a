import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import type { IngestReport } from "#common/live/broadcast.ts";
import { plainPublisherSchema, sfuStateSchema } from "#common/live/sfu-control.ts";
import type { Closable } from "#common/node/closer.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import type { Logger } from "#common/node/log.ts";
import type { IngestConfig } from "./ingest.config.ts";
import type { StartIngestProcess } from "./ingest-process.port.ts";
import { type IngestRoom, Publication } from "./publication.ts";
import { openRtmpDoor } from "./rtmp-door.ts";
import { createTries } from "./tries.ts";

/** What the room `ingest` is made of. */
export interface IngestOptions {
  readonly config: IngestConfig & {
    readonly rtmpPort: number;
    readonly sfuUrl: string;
    readonly encodeThreads: number;
  };
  readonly sfu: InternalClient;
  /** The stream of a key; throws `stream.wrong_key`. */
  readonly findStream: (key: string) => Promise<string>;
  readonly startProcess: StartIngestProcess;
  /** Is RTMP taken at all? */
  readonly isOpen: boolean;
  readonly log: Logger;
}

/** RTMP in: publishers are let in by their key, and their media goes to the sfu. */
export interface Ingest extends Closable {
  /** The port that is listened on; 0: RTMP is off. */
  readonly port: number;
  /** What comes in for a stream; `null` when its publisher did not come by RTMP. */
  reportOf(streamId: string): IngestReport | null;
}

const app = "live";

/** Opens the door, at any free port where the setting says 0. */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const { config, log } = options;
  const publications = new Map<string, Publication>();
  if (!options.isOpen) return { port: 0, reportOf: () => null, close: async () => {} };
  const tries = createTries();

  async function admit(address: string, toApp: string, key: string): Promise<string> {
    if (!tries.mayTry(address))
      throw new ShoalError("request.too_many", "Too many wrong keys. Wait a minute.");
    if (toApp !== app) throw new ShoalError("stream.wrong_key", `The address ends with /${app}.`);
    try {
      return await options.findStream(key);
    } catch (error) {
      if (error instanceof ShoalError && error.code === "stream.wrong_key") tries.failed(address);
      throw error;
    }
  }

  const door = await openRtmpDoor({
    host: config.rtmpHost,
    port: config.rtmpPort,
    maxConnections: config.rtmpConnections,
    connect(address, open) {
      let publication: Publication | undefined;
      let streamId = "";
      const connection = open({
        async askedToPublish(toApp, key) {
          try {
            streamId = await admit(address, toApp, key);
            const other = publications.get(streamId);
            if (other && !other.isSilent()) {
              throw new ShoalError("stream.already_live", "Somebody is sending to this stream already.");
            }
            await other?.close(false);
          } catch (error) {
            if (!(error instanceof ShoalError)) throw error;
            log.info({ code: error.code }, "an RTMP publisher was refused");
            return { refusal: error.message };
          }
          publication = new Publication({
            room: createRoom(options, streamId, key),
            startProcess: options.startProcess,
            threadCount: config.encodeThreads,
            log: log.child({ streamId }),
            setPaused: (isPaused) => connection.setPaused(isPaused),
            refuse: (sentence) => connection.refuse(sentence),
          });
          publications.set(streamId, publication);
          log.info({ streamId }, "an RTMP publisher is here");
          return { refusal: null };
        },
        received: (message) => publication?.receive(message),
        closed(reason) {
          if (!publication) return;
          const ending = publication;
          log.info({ streamId, reason }, "an RTMP publisher is gone");
          ending
            .close(reason === "left")
            .catch((error) => log.warn({ err: error }, "a publisher could not be let go"))
            .finally(() => {
              if (publications.get(streamId) === ending) publications.delete(streamId);
            });
        },
      });
    },
  });

  return {
    port: door.port,
    reportOf: (streamId) => publications.get(streamId)?.report ?? null,
    async close() {
      await door.close();
      await Promise.all([...publications.values()].map((publication) => publication.close(false)));
    },
  };
}

function createRoom({ sfu, config, findStream }: IngestOptions, streamId: string, key: string): IngestRoom {
  const ask = { baseUrl: config.sfuUrl } as const;
  const room = `/live/rooms/${encodeURIComponent(streamId)}`;
  return {
    async publish(tracks) {
      // what was true at the door may not be any more: the key was rolled, the broadcast ended
      await findStream(key);
      const path = `${room}/plain-publisher`;
      return await sfu.ask({ ...ask, method: "POST", path, body: { tracks }, reply: plainPublisherSchema });
    },
    async isThere(sessionId) {
      const state = await sfu.ask({ ...ask, method: "GET", path: "/live/state", reply: sfuStateSchema });
      return state.rooms.some(
        ({ roomId, publisher }) => roomId === streamId && publisher?.sessionId === sessionId,
      );
    },
    async leave(sessionId) {
      const path = `${room}/publisher/${encodeURIComponent(sessionId)}`;
      await sfu.ask({ ...ask, method: "DELETE", path, reply: z.object({}) });
    },
  };
}
