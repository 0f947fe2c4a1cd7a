import { Dialog as KobalteDialog } from "@kobalte/core/dialog";
import { type JSX, Show } from "solid-js";
import { Icon } from "./icon.tsx";
import "./dialog.css";

interface DialogProps {
  readonly title: string;
  readonly text?: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: JSX.Element;
}

/** A dialog in the middle of the page; on phones it comes from below. Escape and the scrim close it. */
export function Dialog(props: DialogProps) {
  return (
    <KobalteDialog open={props.isOpen} onOpenChange={(isOpen) => !isOpen && props.onClose()}>
      <KobalteDialog.Portal>
        <KobalteDialog.Overlay class="dialog-scrim" />
        <div class="dialog-place">
          <KobalteDialog.Content class="dialog">
            <div class="dialog-head">
              <KobalteDialog.Title class="dialog-title">{props.title}</KobalteDialog.Title>
              <KobalteDialog.CloseButton
                class="button button-quiet button-icon button-small"
                aria-label="Close"
              >
                <Icon name="close" />
              </KobalteDialog.CloseButton>
            </div>
            <Show when={props.text}>
              <KobalteDialog.Description class="dialog-text">{props.text}</KobalteDialog.Description>
            </Show>
            {props.children}
          </KobalteDialog.Content>
        </div>
      </KobalteDialog.Portal>
    </KobalteDialog>
  );
}
