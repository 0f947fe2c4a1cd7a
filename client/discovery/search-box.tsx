import { useLocation, useNavigate } from "@solidjs/router";
import { createEffect, createSignal, onCleanup, onMount } from "solid-js";
import { Icon } from "../ui/icon.tsx";

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Search from anywhere; `/` jumps here. */
export function SearchBox() {
  const location = useLocation();
  const navigate = useNavigate();
  const [text, setText] = createSignal("");
  let input: HTMLInputElement | undefined;

  createEffect(() => {
    const query = location.pathname === "/search" ? location.query.query : "";
    setText(typeof query === "string" ? query : "");
  });

  const focusOnSlash = (event: KeyboardEvent) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    input?.focus();
    input?.select();
  };
  onMount(() => document.addEventListener("keydown", focusOnSlash));
  onCleanup(() => document.removeEventListener("keydown", focusOnSlash));

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    // filters stay when the words change
    const params = new URLSearchParams(location.pathname === "/search" ? location.search : "");
    params.delete("page");
    params.set("query", text().trim());
    navigate(`/search?${params}`);
    input?.blur();
  };

  return (
    <search class="search-box">
      <form onSubmit={submit}>
        <button class="search-box-button" type="submit" aria-label="Search">
          <Icon name="search" />
        </button>
        <input
          ref={input}
          class="search-box-input"
          type="search"
          name="query"
          placeholder="Search videos"
          aria-label="Search videos"
          aria-keyshortcuts="/"
          autocomplete="off"
          maxlength="200"
          value={text()}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        />
        <span class="search-box-key" aria-hidden="true">
          /
        </span>
      </form>
    </search>
  );
}
