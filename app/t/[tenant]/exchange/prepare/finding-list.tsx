// What a failed test means in Exchange's terms: the one at hand above the steps, all of them below.
import type { ReactNode } from "react";
import { Section } from "@/app/_ui/page";
import { Banner } from "@/app/_ui/state";
import { type Finding, findings } from "@/domain/prepare/findings";
import type { Step } from "@/domain/prepare/step";
import { Command } from "./command";

export function CurrentFinding({ finding, steps }: { finding: Finding; steps: readonly Step[] }) {
  return (
    <div className="mb-6">
      <Banner state="needs" title={`What the test found: ${finding.title}`}>
        <Mend finding={finding} steps={steps} about="for what the test found" />
      </Banner>
    </div>
  );
}

export function FindingList({ current, steps }: { current: Finding | null; steps: readonly Step[] }) {
  return (
    <Section
      title="What a failed test means"
      help="In the words of Exchange, with the step or the command that mends it."
    >
      <ul className="border-line border-t">
        {findings.map((finding) => (
          <li key={finding.title} className="border-line border-b">
            <details open={finding === current} className="py-2">
              <summary className="cursor-pointer select-none py-1 marker:text-soft">{finding.title}</summary>
              <div className="max-w-[80ch] pt-1 pb-3 text-soft">
                <Mend finding={finding} steps={steps} about={`for: ${finding.title}`} />
              </div>
            </details>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Mend({ finding, steps, about }: { finding: Finding; steps: readonly Step[]; about: string }): ReactNode {
  const n = steps.findIndex(({ key }) => key === finding.step);
  return (
    <div className="grid gap-3">
      <p className="max-w-[80ch]">{finding.means}</p>
      {n >= 0 && (
        <p>
          <a href={`#${finding.step}`} className="text-accent underline">
            Step {n + 1}: {steps[n]?.title}
          </a>
        </p>
      )}
      {finding.run && (
        <div className="grid gap-x-8 gap-y-3 text-ink lg:grid-cols-2">
          <Command label={finding.back ? "Run" : "Look"} about={`the command ${about}`} text={finding.run} />
          {finding.back && <Command label="Undo" about={`the undo ${about}`} text={finding.back} />}
        </div>
      )}
    </div>
  );
}
