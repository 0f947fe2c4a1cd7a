import type { JSX } from "solid-js";
import { School } from "./school.tsx";
import "./empty-state.css";

/** A place with nothing in it yet: says so, and what to do about it. */
export function EmptyState(props: {
  seed: string;
  title: string;
  text: string;
  children?: JSX.Element;
  heading?: "h1" | "h2";
}) {
  return (
    <section class="empty-state">
      <div class="empty-state-water">
        <School seed={props.seed} count={30} />
      </div>
      {props.heading === "h1" ? (
        <h1 class="empty-state-title">{props.title}</h1>
      ) : (
        <h2 class="empty-state-title">{props.title}</h2>
      )}
      <p class="empty-state-text">{props.text}</p>
      <div class="button-row empty-state-actions">{props.children}</div>
    </section>
  );
}
