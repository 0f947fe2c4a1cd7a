import { A } from "@solidjs/router";
import { EmptyState } from "../ui/empty-state.tsx";
import { createPageTitle } from "../ui/page-title.ts";

export function NotFoundPage() {
  createPageTitle(() => "Not found");
  return (
    <EmptyState
      seed="lost at sea"
      heading="h1"
      title="Nothing swims here"
      text="The address may be mistyped, or what was here has moved on."
    >
      <A class="button button-primary" href="/">
        Go home
      </A>
      <A class="button" href="/search?sort=popular">
        See what is popular
      </A>
    </EmptyState>
  );
}
