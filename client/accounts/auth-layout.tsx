import type { JSX } from "solid-js";
import { School } from "../ui/school.tsx";
import "./auth.css";

/** The frame of every page that lets somebody in. */
export function AuthLayout(props: { title: string; lead?: JSX.Element; children: JSX.Element }) {
  return (
    <div class="auth">
      <div class="auth-water" aria-hidden="true">
        <School seed="a thousand fish and one direction" count={110} />
        <p class="auth-slogan">Every viewer carries a little. Together it is a sea.</p>
      </div>
      <div class="auth-form">
        <h1>{props.title}</h1>
        {props.lead && <p class="page-lead">{props.lead}</p>}
        <div class="auth-body">{props.children}</div>
      </div>
    </div>
  );
}
