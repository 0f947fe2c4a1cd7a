import { ProblemNotice } from "../ui/problem-notice.tsx";
import { toProblem } from "./problem.ts";

/** A page that broke while it was drawn, or could not be fetched. */
export function PageError(props: { error: unknown; onRetry: () => void }) {
  const problem = () => toProblem(props.error);
  const retry = () => {
    // a page of an older version asks for files that are gone: only a reload helps
    if (problem().code === "page.outdated") location.reload();
    else props.onRetry();
  };
  return (
    <div class="page">
      <ProblemNotice problem={problem()} onRetry={retry} />
    </div>
  );
}
