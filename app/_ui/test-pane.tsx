// The pane beside a form in which its test is followed: stays in view, follows the newest line, ends at the verdict.
"use client";
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useRef } from "react";
import type { Probe } from "./use-probe";

export interface TestPaneProps {
  probe: Probe;
  children: ReactNode;
  ref?: Ref<{ show(): void }>;
}

/** Where it stands below the form. Beside it, it is in view already, and the form stays where it is. */
function reveal(pane: HTMLElement) {
  if (pane.getBoundingClientRect().top > innerHeight / 2) pane.scrollIntoView({ block: "nearest" });
}

export function TestPane({ probe, children, ref }: TestPaneProps) {
  const pane = useRef<HTMLElement>(null);
  const lines = probe.seen?.lines.length ?? 0;
  useImperativeHandle(ref, () => ({ show: () => pane.current && reveal(pane.current) }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line moves the pane
  useEffect(() => {
    if (pane.current) pane.current.scrollTop = probe.busy ? pane.current.scrollHeight : 0;
  }, [lines, probe.busy]);
  return (
    <div className="min-w-0 lg:border-line lg:border-l lg:pl-8">
      <section
        ref={pane}
        aria-label="Test"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by itself, so the keyboard must reach it
        tabIndex={0}
        className="scroll-mt-16 max-lg:outline-none lg:sticky lg:top-6 lg:max-h-[calc(100dvh-48px)] lg:overflow-y-auto lg:pr-1"
      >
        <h2 className="mb-3 font-semibold">Test</h2>
        {children}
      </section>
    </div>
  );
}
