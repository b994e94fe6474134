// The frame of the setting up: which step this is, what is done, what was skipped, and the way past this one.
import type { ReactNode } from "react";
import { ButtonLink } from "@/app/_ui/button-link";
import { PageHeader } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import type { SetupStep } from "@/domain/overview/setup";

export interface SetupFrameProps {
  slug: string;
  /** the tenant's name, or "" while there is none yet */
  company: string;
  steps: SetupStep[];
  current: "company" | SetupStep["key"];
  title: string;
  /** what this step is for */
  children: ReactNode;
  /** where skipping leads */
  skip?: string;
  form: ReactNode;
}

interface Place {
  key: SetupFrameProps["current"];
  name: string;
  href: string | null;
  done: boolean;
  saved: boolean;
  skipped: boolean;
}

export function SetupFrame({ slug, company, steps, current, title, children, skip, form }: SetupFrameProps) {
  const places: Place[] = [
    {
      key: "company",
      name: "Company",
      href: slug ? `/t/${slug}/settings` : null,
      done: company !== "",
      saved: company !== "",
      skipped: false,
    },
    ...steps.map(({ page, ...step }) => ({ ...step, href: slug ? `/t/${slug}/${page}` : null })),
  ];
  const here = places.findIndex(({ key }) => key === current);
  return (
    <>
      <nav aria-label="Setting up" className="mb-6 border-line border-b pb-4">
        <p className="mb-2 text-soft text-table md:hidden">
          Step {here + 1} of {places.length}
        </p>
        <ol className="flex flex-wrap gap-x-6 gap-y-2">
          {places.map((place, n) => (
            <li key={place.key} className={n === here ? "" : "max-md:text-table"}>
              <StepLink place={place} n={n} state={stateOf(place, n, here)} />
            </li>
          ))}
        </ol>
      </nav>
      <PageHeader
        title={title}
        actions={
          skip && (
            <ButtonLink href={skip} kind="ghost">
              Skip for now
            </ButtonLink>
          )
        }
      >
        {children}
      </PageHeader>
      {form}
    </>
  );
}

type StepState = "done" | "here" | "skipped" | "next";

const stateOf = ({ done, saved, skipped }: Place, n: number, here: number): StepState =>
  n === here ? "here" : done ? "done" : skipped || (n < here && !saved) ? "skipped" : "next";

const marks: Record<StepState, string> = {
  done: "border-flow text-flow",
  here: "border-accent font-medium text-accent",
  skipped: "border-needs text-needs",
  next: "border-n6 text-soft",
};

function StepLink({ place: { name, href, done }, n, state }: { place: Place; n: number; state: StepState }) {
  const words = state === "skipped" ? "skipped" : done ? "done" : "";
  const inside = (
    <>
      <span aria-hidden className={`grid size-6 place-items-center rounded-full border text-table ${marks[state]}`}>
        {done ? "✓" : n + 1}
      </span>
      <span className={state === "here" ? "font-medium" : "text-soft"}>
        {name}
        {words && <span className={state === "skipped" ? "ml-1.5 text-needs text-table" : "sr-only"}> {words}</span>}
      </span>
    </>
  );
  const look = "inline-flex min-h-8 items-center gap-2 rounded-md";
  return href ? (
    <SoftLink href={href} aria-current={state === "here" ? "step" : undefined} className={`${look} hover:underline`}>
      {inside}
    </SoftLink>
  ) : (
    <span aria-current={state === "here" ? "step" : undefined} className={look}>
      {inside}
    </span>
  );
}
