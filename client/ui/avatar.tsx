import { tintClass } from "./seed.ts";
import "./avatar.css";
import "./school.css";

/** The channel's first letter on its water. */
export function Avatar(props: { handle: string; displayName: string; size?: "small" | "large" }) {
  const letter = () => [...(props.displayName || props.handle)][0]?.toUpperCase() ?? "";
  return (
    <span class={`avatar avatar-${props.size ?? "medium"} ${tintClass(props.handle)}`} aria-hidden="true">
      {letter()}
    </span>
  );
}
