import { z } from "zod";

/** One setting: what it means, what it may be, what it is when nobody says, and the variable that says otherwise. */
export interface ConfigField<Schema extends z.ZodType = z.ZodType> {
  readonly doc: string;
  /** Parses the text of the environment variable (use `z.coerce` for numbers). */
  readonly schema: Schema;
  readonly default: z.input<Schema>;
  readonly env: string;
  /** Never printed, not even as a default. */
  readonly isSecret?: boolean;
  /** Set by the supervisor for its children; left out of the README's table. */
  readonly isInternal?: boolean;
}

/** The settings of one room. */
export type ConfigFragment = Readonly<Record<string, ConfigField>>;

/** The values that {@link loadConfig} makes of a fragment. */
export type ConfigOf<Fragment extends ConfigFragment> = {
  readonly [Name in keyof Fragment]: z.output<Fragment[Name]["schema"]>;
};

/** Makes a fragment; keeps the schemas' types. */
export function defineConfig<const Fragment extends ConfigFragment>(fragment: Fragment): Fragment {
  return fragment;
}

/** A setting has a value that it may not have; the message is one sentence for the person who set it. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

/**
 * Reads a fragment from the environment; an empty variable counts as absent.
 * Throws {@link ConfigError} that names the variable and, unless it is a secret, its value.
 */
export function loadConfig<Fragment extends ConfigFragment>(
  fragment: Fragment,
  env: NodeJS.ProcessEnv = process.env,
): ConfigOf<Fragment> {
  const shape: Record<string, z.ZodType> = {};
  const raw: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fragment)) {
    shape[name] = field.schema;
    raw[name] = env[field.env] || field.default;
  }
  const parsed = z.object(shape).safeParse(raw);
  if (parsed.success) return parsed.data as ConfigOf<Fragment>;
  const issue = parsed.error.issues[0];
  const field = fragment[String(issue?.path[0])];
  const shown = field?.isSecret ? "its value" : JSON.stringify(field && env[field.env]);
  throw new ConfigError(`${field?.env} cannot be ${shown}: ${issue?.message}. It is: ${field?.doc}`);
}

/** `true`, `1`, `yes`, `on` and their opposites. */
export const booleanSetting = z.union([
  z.boolean(),
  z
    .string()
    .toLowerCase()
    .refine((text) => /^(true|1|yes|on|false|0|no|off)$/.test(text), "say true or false")
    .transform((text) => /^(true|1|yes|on)$/.test(text)),
]);
