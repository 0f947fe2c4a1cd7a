import { Toast, toaster } from "@kobalte/core/toast";
import { Icon, type IconName } from "./icon.tsx";
import "./toast.css";

type ToastTone = "done" | "problem" | "note";
const icons: Record<ToastTone, IconName> = { done: "check", problem: "alert", note: "wave" };

/** A short word about what just happened; goes by itself. */
export function showToast(text: string, tone: ToastTone = "done"): void {
  toaster.show((props) => (
    <Toast toastId={props.toastId} class="toast" priority={tone === "problem" ? "high" : "low"}>
      <span class={`toast-icon toast-icon-${tone}`}>
        <Icon name={icons[tone]} />
      </span>
      <Toast.Description class="toast-text">{text}</Toast.Description>
      <Toast.CloseButton class="button button-quiet button-icon button-small" aria-label="Dismiss">
        <Icon name="close" />
      </Toast.CloseButton>
    </Toast>
  ));
}

/** Where toasts come up; once in the shell. */
export function ToastRegion() {
  return (
    <Toast.Region duration={6000} limit={3} swipeDirection="down">
      <Toast.List class="toast-list" />
    </Toast.Region>
  );
}
