// A new tenant: its steps, what is done, and the one thing to do next.
import { ButtonLink } from "@/app/_ui/button-link";
import { SoftLink } from "@/app/_ui/soft-link";
import type { SetupStep } from "@/domain/overview/setup";

export function SetupStepsView({ slug, steps, mayEdit }: { slug: string; steps: SetupStep[]; mayEdit: boolean }) {
  const next = steps.find((step) => !step.done);
  return (
    <ol className="mb-6 max-w-[720px] border-line border-t">
      {steps.map((step, n) => (
        <li
          key={step.key}
          className="grid grid-cols-[28px_minmax(0,1fr)] items-start gap-x-3 gap-y-2 border-line border-b py-4 md:grid-cols-[28px_minmax(0,1fr)_auto]"
        >
          <span
            aria-hidden
            className={`grid size-7 place-items-center rounded-full border text-table ${step.done ? "border-flow text-flow" : step === next ? "border-accent font-medium text-accent" : "border-n6 text-soft"}`}
          >
            {step.done ? "✓" : n + 1}
          </span>
          <div className="min-w-0">
            <p className={step.done ? "text-soft" : "font-medium"}>
              {step.title}
              {step.done && <span className="sr-only">, done</span>}
              {step.skipped && <span className="ml-1.5 font-normal text-needs text-table">skipped</span>}
            </p>
            <p className="text-soft [overflow-wrap:anywhere]">{step.detail}</p>
            {step.more && (
              <SoftLink href={`/t/${slug}/${step.more.page}`} className="text-accent underline">
                {step.more.label}
              </SoftLink>
            )}
          </div>
          {mayEdit && !step.done && step.label && (
            <div className="max-md:col-start-2">
              <ButtonLink size="small" kind={step === next ? "primary" : "secondary"} href={`/t/${slug}/${step.page}`}>
                {step.label}
              </ButtonLink>
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}
