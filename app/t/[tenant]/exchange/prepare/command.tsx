// A block for the Exchange Management Shell, whole and as it will be copied.
import { Fragment } from "react";
import { CopyButton } from "@/app/_ui/copy-button";

export function Command({ label, about, text }: { label: string; about: string; text: string }) {
  return (
    <div className="grid min-w-0 content-start gap-1.5">
      <div className="flex min-h-8 items-center justify-between gap-3">
        <h3 className="font-medium text-table">{label}</h3>
        <CopyButton text={text} about={about} />
      </div>
      <pre className="whitespace-pre-wrap rounded-md bg-n2 px-3 py-2.5 font-mono text-[12px] leading-5 [overflow-wrap:anywhere]">
        {text.split("\n").map((line, n) => (
          <Line key={line} line={line} first={n === 0} />
        ))}
      </pre>
    </div>
  );
}

/** Words stay whole where they fit: a browser would break "-Name" after its hyphen. */
function Line({ line, first }: { line: string; first: boolean }) {
  return (
    <>
      {first ? "" : "\n"}
      {line.split(" ").map((word, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: words repeat, and their order is all that they have
        <Fragment key={n}>
          {n > 0 && " "}
          <span className="inline-block max-w-full">{word}</span>
        </Fragment>
      ))}
    </>
  );
}
