import { createSignal, For, Show } from "solid-js";
import { createRestreamTargetInputSchema, type RestreamTarget } from "#common/live/restream.ts";
import type { OwnStream } from "#common/live/stream.ts";
import { api } from "../../app/api.ts";
import { toProblem } from "../../app/problem.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { createForm } from "../../ui/form.ts";
import { Icon } from "../../ui/icon.tsx";
import { ProblemNotice } from "../../ui/problem-notice.tsx";
import { showToast } from "../../ui/toast.tsx";
import { targetStateLabels, targetStateTones } from "./studio-texts.ts";

interface TargetsProps {
  readonly stream: OwnStream;
  readonly onChanged: (targets: RestreamTarget[]) => void;
}

function TargetRow(props: {
  target: RestreamTarget;
  onSwitch: (isEnabled: boolean) => void;
  onRemove: () => void;
}) {
  return (
    <li class="target">
      <div class="target-words">
        <span class="target-name">{props.target.name}</span>
        <span class="target-url">{props.target.url}</span>
        <Show when={props.target.trouble}>
          <span class="field-error">{props.target.trouble}</span>
        </Show>
      </div>
      <span class={`badge badge-${targetStateTones[props.target.state]}`}>
        {targetStateLabels[props.target.state]}
      </span>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          aria-checked={props.target.isEnabled}
          checked={props.target.isEnabled}
          onChange={(event) => props.onSwitch(event.currentTarget.checked)}
        />
        <span class="visually-hidden">Send to {props.target.name}</span>
      </label>
      <button
        type="button"
        class="button button-small button-icon button-quiet"
        aria-label={`Remove ${props.target.name}`}
        onClick={() => props.onRemove()}
      >
        <Icon name="trash" />
      </button>
    </li>
  );
}

function AddTarget(props: TargetsProps & { onDone: () => void }) {
  const form = createForm({
    initial: { name: "", url: "", key: "" },
    schema: createRestreamTargetInputSchema,
    fieldOfCode: { "stream.bad_target": "url" },
    submit: async (input) => {
      const target = await api.streams.addTarget.mutate({ id: props.stream.id, ...input });
      props.onChanged([...props.stream.targets, target]);
      props.onDone();
    },
  });
  return (
    <form class="form" onSubmit={(event) => void form.submit(event)} noValidate>
      <Show when={form.problem()}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
      <TextField label="Name" hint="How you call that place." maxlength="60" {...form.field("name")} />
      <TextField
        label="Address"
        type="url"
        placeholder="rtmp://live.example.org/app"
        hint="The RTMP address that the other site shows, without its key."
        {...form.field("url")}
      />
      <TextField
        label="Key"
        type="password"
        autocomplete="off"
        hint="Kept encrypted, and never shown again."
        {...form.field("key")}
      />
      <div class="button-row">
        <button type="submit" class="button button-primary" disabled={form.isSending()}>
          Add it
        </button>
        <button type="button" class="button button-quiet" onClick={() => props.onDone()}>
          Never mind
        </button>
      </div>
    </form>
  );
}

/** Other sites that get the same stream, with how each of them stands. */
export function TargetsPanel(props: TargetsProps) {
  const [isAdding, setIsAdding] = createSignal(false);
  const [removing, setRemoving] = createSignal<RestreamTarget>();
  const replace = (target: RestreamTarget) =>
    props.onChanged(props.stream.targets.map((one) => (one.id === target.id ? target : one)));
  const switchTarget = async (target: RestreamTarget, isEnabled: boolean) => {
    try {
      replace(await api.streams.setTarget.mutate({ id: props.stream.id, targetId: target.id, isEnabled }));
    } catch (error) {
      replace({ ...target });
      showToast(toProblem(error).text, "problem");
    }
  };
  return (
    <details class="card panel-fold" open={props.stream.targets.length > 0}>
      <summary class="panel-title">Send it to other sites too</summary>
      <div class="form">
        <Show
          when={props.stream.targets.length > 0}
          fallback={
            <p class="muted">
              Your stream can go on to any site that takes RTMP. It leaves from this server: your own upload
              carries it once.
            </p>
          }
        >
          <ul class="targets">
            <For each={props.stream.targets}>
              {(target) => (
                <TargetRow
                  target={target}
                  onSwitch={(isEnabled) => void switchTarget(target, isEnabled)}
                  onRemove={() => setRemoving(target)}
                />
              )}
            </For>
          </ul>
        </Show>
        <Show
          when={isAdding()}
          fallback={
            <div>
              <button type="button" class="button button-small" onClick={() => setIsAdding(true)}>
                <Icon name="plus" />
                Add a site
              </button>
            </div>
          }
        >
          <AddTarget {...props} onDone={() => setIsAdding(false)} />
        </Show>
      </div>
      <ConfirmDialog
        title="Remove this site?"
        text={`“${removing()?.name ?? ""}” gets nothing any more, and its key is forgotten.`}
        action="Remove it"
        isOpen={removing() !== undefined}
        onClose={() => setRemoving(undefined)}
        onConfirm={async () => {
          const target = removing();
          if (!target) return;
          await api.streams.removeTarget.mutate({ id: props.stream.id, targetId: target.id });
          props.onChanged(props.stream.targets.filter((one) => one.id !== target.id));
        }}
      />
    </details>
  );
}
