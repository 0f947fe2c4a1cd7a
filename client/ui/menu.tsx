import { DropdownMenu } from "@kobalte/core/dropdown-menu";
import { type JSX, Show } from "solid-js";
import { Icon, type IconName } from "./icon.tsx";
import { findLayerPlace } from "./layer-place.ts";
import "./select.css";

interface MenuProps {
  /** What a screen reader says of the button. */
  readonly label: string;
  readonly trigger: JSX.Element;
  readonly triggerClass: string;
  readonly children: JSX.Element;
}

/** A button that opens a list of actions. */
export function Menu(props: MenuProps) {
  return (
    <DropdownMenu gutter={8} placement="bottom-end" modal={false}>
      <DropdownMenu.Trigger class={props.triggerClass} aria-label={props.label}>
        {props.trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal mount={findLayerPlace()}>
        <DropdownMenu.Content class="menu-content">{props.children}</DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu>
  );
}

/** One action of a {@link Menu}. */
export function MenuAction(props: {
  icon: IconName;
  onSelect: () => void;
  isDanger?: boolean;
  children: JSX.Element;
}) {
  return (
    <DropdownMenu.Item
      class="menu-item"
      classList={{ "menu-item-danger": props.isDanger ?? false }}
      onSelect={props.onSelect}
    >
      <Icon name={props.icon} />
      {props.children}
    </DropdownMenu.Item>
  );
}

/** One way to another page of a {@link Menu}. */
export function MenuLink(props: { icon?: IconName; href: string; children: JSX.Element }) {
  return (
    <DropdownMenu.Item as="a" class="menu-item" href={props.href}>
      <Show when={props.icon}>{(icon) => <Icon name={icon()} />}</Show>
      {props.children}
    </DropdownMenu.Item>
  );
}

export function MenuLine() {
  return <DropdownMenu.Separator class="menu-line" />;
}
