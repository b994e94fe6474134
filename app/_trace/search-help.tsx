// What the one box understands, by example, and what the words of the states mean: folded, one key away from the box.
import { stateWords } from "@/app/t/[tenant]/messages/words";
import { joinedExample, searchExamples } from "./search-examples";

export function SearchHelp() {
  return (
    <details className="mb-2 text-table">
      <summary className="w-fit rounded-sm text-soft hover:text-ink">What can I type?</summary>
      <div className="mt-2 mb-3 grid gap-x-10 gap-y-4 border-line border-y py-3 lg:grid-cols-2">
        <dl aria-label="What can be typed" className="grid content-start gap-2">
          {searchExamples.map(({ typed, finds }) => (
            <div key={typed[0]}>
              <dt className="flex flex-wrap gap-x-3">
                {typed.map((one) => (
                  <code key={one} className="font-mono [overflow-wrap:anywhere]">
                    {one}
                  </code>
                ))}
              </dt>
              <dd className="text-soft">{finds}</dd>
            </div>
          ))}
        </dl>
        <dl aria-label="What the states mean" className="grid content-start gap-2">
          {Object.values(stateWords).map(({ word, means }) => (
            <div key={word}>
              <dt>{word}</dt>
              <dd className="text-soft">{means}</dd>
            </div>
          ))}
        </dl>
        <p className="text-soft lg:col-span-2">
          Parts can be put together: <code className="font-mono">{joinedExample.typed}</code>. Results come while you
          type; <kbd className="font-mono">/</kbd> leads to the box, the arrow keys through the results, Enter opens
          one.
        </p>
      </div>
    </details>
  );
}
