import { once } from "node:events";
import { WebSocket } from "ws";
import { z } from "zod";

const replySchema = z.object({
  action: z.string().optional(),
  info_hash: z.string().optional(),
  "failure reason": z.string().optional(),
  interval: z.number().optional(),
  complete: z.number().optional(),
  incomplete: z.number().optional(),
  peer_id: z.string().optional(),
  offer: z.object({ sdp: z.string() }).optional(),
  answer: z.object({ sdp: z.string() }).optional(),
  offer_id: z.string().optional(),
});
type Reply = z.infer<typeof replySchema>;

/** A viewer's connection to the tracker; replies are kept until somebody asks for the next one. */
export class TrackerClient {
  readonly socket: WebSocket;
  readonly #replies: Reply[] = [];
  readonly #waiting: Array<(reply: Reply) => void> = [];

  constructor(url: string, address = "192.0.2.1") {
    this.socket = new WebSocket(url, { headers: { "x-test-address": address } });
    this.socket.on("error", () => undefined);
    this.socket.on("message", (data) => {
      const reply = replySchema.parse(JSON.parse(data.toString()));
      const waiting = this.#waiting.shift();
      if (waiting) waiting(reply);
      else this.#replies.push(reply);
    });
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  next(): Promise<Reply> {
    const reply = this.#replies.shift();
    return reply ? Promise.resolve(reply) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  async ask(message: unknown): Promise<Reply> {
    this.send(message);
    return this.next();
  }

  async closed(): Promise<string> {
    const [, reason] = await once(this.socket, "close");
    return String(reason);
  }
}

/** A peer id or an offer id of 20 characters. */
export const id = (text: string) => text.padEnd(20, "-");
/** An offer that tells whose it is. */
export const offer = (name: string) => ({
  offer: { type: "offer", sdp: `sdp of ${name}` },
  offer_id: id(`offer-${name}`),
});
/** A message of a peer about a stream. */
export const announce = (hash: string, peer: string, more: object = {}) => ({
  action: "announce",
  info_hash: hash,
  peer_id: id(peer),
  ...more,
});
