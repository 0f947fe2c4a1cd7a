import { createMemo, For, Index, type JSX } from "solid-js";

/** One option of a {@link MenuChoice}. */
export interface MenuOption {
  readonly value: string;
  readonly label: string;
}

/** One line of the settings menu with its radio group behind it. */
export interface MenuChoice {
  readonly name: string;
  readonly label: string;
  readonly options: readonly MenuOption[];
  readonly value: string;
  /** Shown with one option too: it says why there is no other. */
  readonly isAlwaysShown?: boolean;
  choose(value: string): void;
}

/** The options of what is either on or off. */
export const onOff: readonly MenuOption[] = [
  { value: "on", label: "On" },
  { value: "off", label: "Off" },
];

/**
 * The settings menu of a player. Lines appear and go by `For` alone: media-chrome removes the empty text nodes that Solid
 * marks other places with. The choices keep their order and number; one without a second option is not shown.
 */
export function ChoiceMenu(props: { readonly choices: readonly (() => MenuChoice)[] }): JSX.Element {
  const isOffered = (choice: () => MenuChoice) =>
    choice().isAlwaysShown === true || choice().options.length > 1;
  const lines = props.choices.map((choice) => ({ choice, isShown: createMemo(() => isOffered(choice)) }));
  return (
    <media-settings-menu anchor="auto" hidden class="player-menu" data-testid="settings-menu">
      {/* takes the place of a back button that leads nowhere */}
      <span slot="header" class="player-menu-head" />
      <For each={lines.filter(({ isShown }) => isShown())}>
        {({ choice }) => <MenuLine choice={choice()} />}
      </For>
    </media-settings-menu>
  );
}

/** The owner's answer decides which option is checked. */
function MenuLine(props: { readonly choice: MenuChoice }): JSX.Element {
  return (
    <media-settings-menu-item attr:data-testid={`menu-${props.choice.name}`}>
      {props.choice.label}
      <media-chrome-menu
        slot="submenu"
        hidden
        on:change={(event: Event) => {
          event.stopPropagation();
          const { target } = event;
          if (target instanceof HTMLElement && "value" in target) props.choice.choose(String(target.value));
        }}
      >
        {/* media-chrome's own back button is no item of the menu that it stands in */}
        <button slot="header" part="back button" type="button" role="menuitem" class="player-menu-back">
          {props.choice.label}
        </button>
        <Index each={props.choice.options}>
          {(option) => (
            <media-chrome-menu-item
              type="radio"
              value={option().value}
              attr:data-testid={`${props.choice.name}-${option().value}`}
              prop:checked={option().value === props.choice.value}
            >
              {option().label}
            </media-chrome-menu-item>
          )}
        </Index>
      </media-chrome-menu>
    </media-settings-menu-item>
  );
}
