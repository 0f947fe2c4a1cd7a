import { z } from "zod";
import { defineConfig } from "#common/node/config.ts";

/** Settings of an operator's own TURN server. */
export const iceServersConfig = defineConfig({
  turnUrls: {
    doc: "TURN servers for those whose network lets nothing else through, separated by commas, e.g. `turn:turn.example.org:3478?transport=udp,turns:turn.example.org:443?transport=tcp`. They share SHOAL_TURN_SECRET.",
    schema: z
      .string()
      .transform((text) =>
        text
          .split(",")
          .map((part) => part.trim())
          .filter(Boolean),
      )
      .pipe(
        z.array(z.string().regex(/^turns?:[^\s<>"]+$/, "an address starts with turn: or turns:")).max(10),
      ),
    default: "",
    env: "SHOAL_TURN_URLS",
  },
  turnSecret: {
    doc: "What coturn has as static-auth-secret (with use-auth-secret): credentials that work for some hours are made of it.",
    schema: z.string().max(500),
    default: "",
    env: "SHOAL_TURN_SECRET",
    isSecret: true,
  },
});
