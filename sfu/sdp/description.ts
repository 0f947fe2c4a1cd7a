import { parse } from "sdp-transform";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";

const maxLength = 64 * 1024;
const maxLines = 1500;
const maxLineLength = 1000;
const maxSections = 8;
const maxCandidates = 200;
const maxParameters = 24;

/** The grammar's numbers are text here: a token of digits is a token. */
const textSchema = z.union([z.string(), z.number()]).transform(String);
// RFC 8866 §9: token-char = ALPHA / DIGIT / "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / …
const tokenSchema = textSchema.pipe(z.string().regex(/^[\w!#$%&'*+.^`{|}~-]{1,100}$/));
// RFC 8839 §5.4: ufrag = 4*256ice-char, password = 22*256ice-char
const iceUfragSchema = textSchema.pipe(z.string().regex(/^[\w+/=-]{4,256}$/));
const icePwdSchema = textSchema.pipe(z.string().regex(/^[\w+/=-]{22,256}$/));
const payloadTypeSchema = z.int().min(0).max(127);
const ssrcSchema = z.int().min(1).max(0xff_ff_ff_ff);
const directionSchema = z.enum(["sendrecv", "sendonly", "recvonly", "inactive"]);

const fingerprintSchema = z.object({
  type: textSchema
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(["sha-1", "sha-224", "sha-256", "sha-384", "sha-512"])),
  hash: textSchema
    .transform((text) => text.toUpperCase())
    .pipe(z.string().regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){19,63}$/)),
});

const transportFields = {
  iceUfrag: iceUfragSchema.optional(),
  icePwd: icePwdSchema.optional(),
  fingerprint: fingerprintSchema.optional(),
  setup: z.enum(["active", "passive", "actpass"]).optional(),
};

const sectionSchema = z.object({
  ...transportFields,
  type: tokenSchema,
  port: z.int().min(0).max(65_535),
  protocol: textSchema.pipe(z.string().regex(/^[\w/]{1,40}$/)),
  payloads: textSchema.default(""),
  mid: tokenSchema.optional(),
  direction: directionSchema.default("sendrecv"),
  bundleOnly: z.string().optional(),
  rtcpMux: z.string().optional(),
  rtcpRsize: z.string().optional(),
  extmapAllowMixed: z.string().optional(),
  rtp: z
    .array(
      z.object({
        payload: payloadTypeSchema,
        codec: tokenSchema,
        rate: z.int().positive().max(1_000_000).optional(),
        encoding: z.int().positive().max(255).optional(),
      }),
    )
    .max(128),
  fmtp: z.array(z.object({ payload: payloadTypeSchema, config: textSchema })).max(128),
  rtcpFb: z
    .array(
      z.object({
        payload: z.union([payloadTypeSchema, z.literal("*")]),
        type: tokenSchema,
        subtype: tokenSchema.optional(),
      }),
    )
    .max(700)
    .default([]),
  ext: z
    .array(
      z.object({
        // RFC 8285 §5: "valid range: 1-255 or 4096-4351"
        value: z.int().min(1).max(4351),
        direction: directionSchema.default("sendrecv"),
        "encrypt-uri": z.string().optional(),
        uri: textSchema,
      }),
    )
    .max(64)
    .default([]),
  rids: z
    .array(
      z.object({
        // RFC 8851 §10: rid-id = 1*(alpha-numeric / "-" / "_"), as much as mediasoup reads
        id: textSchema.pipe(z.string().regex(/^[\w-]{1,16}$/)),
        direction: z.enum(["send", "recv"]),
        params: textSchema.default(""),
      }),
    )
    .max(16)
    .default([]),
  simulcast: z
    .object({
      dir1: z.string(),
      list1: textSchema,
      dir2: z.string().optional(),
      list2: textSchema.optional(),
    })
    .optional(),
  ssrcs: z
    .array(z.object({ id: ssrcSchema, attribute: z.string(), value: textSchema.default("") }))
    .max(200)
    .default([]),
  ssrcGroups: z
    .array(z.object({ semantics: z.string(), ssrcs: textSchema }))
    .max(32)
    .default([]),
});

const descriptionSchema = z.object({
  ...transportFields,
  extmapAllowMixed: z.string().optional(),
  groups: z
    .array(z.object({ type: z.string(), mids: textSchema }))
    .max(16)
    .default([]),
  media: z.array(sectionSchema).max(maxSections),
});

/** One `m=` section as it was written; fields have the names of `sdp-transform`'s grammar. */
export type Section = z.infer<typeof sectionSchema>;

/** A session description, every value checked for its form. */
export interface Description extends z.infer<typeof descriptionSchema> {
  /** Of all sections, without `a=`. */
  readonly candidates: readonly string[];
}

/** Parses a session description or a fragment of one; anything that is none is `stream.bad_sdp`. */
export function readDescription(sdp: string): Description {
  const candidates = readLines(sdp);
  const parsed = descriptionSchema.safeParse(parse(sdp));
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".") || "it";
    throw badSdp(
      `The session description cannot be understood: ${where.slice(0, 80)} is not as it should be.`,
    );
  }
  return { ...parsed.data, candidates };
}

/** The refusal of a text that is no session description, or one against the rules. */
export function badSdp(sentence: string): ShoalError {
  return new ShoalError("stream.bad_sdp", sentence);
}

/** The parameters of an `a=fmtp:` or `a=rid:` line, names in lower case; numbers where mediasoup compares them as such. */
export function readParameters(text: string): Record<string, string | number> {
  const pairs: Array<[string, string | number]> = [];
  for (const part of text.split(";", maxParameters)) {
    const [name = "", value = ""] = part.trim().toLowerCase().split(/=(.*)/s, 2);
    // what else there is (parameter sets of H.264) is for nobody but the sender's peer
    if (!/^[a-z][a-z0-9-]{0,40}$/.test(name) || !/^[\w.,-]{1,40}$/.test(value)) continue;
    const isNumber = name !== "profile-level-id" && /^(0|[1-9]\d{0,8})$/.test(value);
    pairs.push([name, isNumber ? Number(value) : value]);
  }
  return Object.fromEntries(pairs);
}

/** Bounds the text before anything else reads it; answers its candidates. */
function readLines(sdp: string): string[] {
  if (sdp.length > maxLength) throw badSdp("The session description is too long.");
  // RFC 8866 §5: "parsers SHOULD be tolerant and also accept records terminated with a single newline character"
  const lines = sdp.split(/\r\n|\n/, maxLines + 1);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length > maxLines) throw badSdp("The session description has too many lines.");
  const candidates: string[] = [];
  for (const line of lines) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (!/^[a-z]=/.test(line) || line.length > maxLineLength || /[\0-\x08\x0a-\x1f\x7f]/.test(line)) {
      throw badSdp("The session description has a line that is none.");
    }
    if (line.startsWith("a=candidate:")) candidates.push(...readCandidate(line.slice(2)));
  }
  if (candidates.length > maxCandidates) throw badSdp("The session description has too many candidates.");
  return candidates;
}

/** A candidate without anything is how some clients say that there are no more. */
function readCandidate(candidate: string): string[] {
  if (candidate === "candidate:") return [];
  // RFC 8839 §5.1: candidate-attribute
  const isOne =
    /^candidate:[\w+/]{1,32} \d{1,5} [\w-]{1,20} \d{1,10} [\w.:%-]{1,255} \d{1,5} typ [\w-]{1,20}( |$)/;
  if (!isOne.test(candidate)) throw badSdp("The session description has a candidate that is none.");
  return [candidate];
}
