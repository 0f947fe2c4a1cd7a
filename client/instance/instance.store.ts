import { createSignal } from "solid-js";
import type { Instance } from "#common/instance/instance.ts";
import { api } from "../app/api.ts";
import { setInstanceName } from "../ui/page-title.ts";

/** What this Shoal is: known once, early. */
export type InstanceState =
  | { readonly state: "unknown" }
  | { readonly state: "known"; readonly instance: Instance }
  | { readonly state: "unreachable"; readonly error: unknown };

const [instanceState, setInstanceState] = createSignal<InstanceState>({ state: "unknown" });

export { instanceState };

export function currentInstance(): Instance | undefined {
  const now = instanceState();
  return now.state === "known" ? now.instance : undefined;
}

export async function refreshInstance(): Promise<void> {
  try {
    const instance = await api.instance.get.query();
    setInstanceName(instance.name);
    setInstanceState({ state: "known", instance });
  } catch (error) {
    setInstanceState({ state: "unreachable", error });
  }
}
