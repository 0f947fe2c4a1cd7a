import "./no-eval.ts";
import "./tokens.css";
import "./base.css";
import "../ui/button.css";
import "../ui/badge.css";
import "../ui/skeleton.css";
import { render } from "solid-js/web";
import { App } from "./app.tsx";

const place = document.getElementById("app");
if (!place) throw new Error("the page has no place for the app");
render(() => <App />, place);
