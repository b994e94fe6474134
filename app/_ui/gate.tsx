// The frame of pages before the sign-in: one narrow column, the name above.
import type { ReactNode } from "react";
import { Wordmark } from "./wordmark";

export function Gate({ title, children, words }: { title: string; children: ReactNode; words?: ReactNode }) {
  return (
    <div className="grid min-h-dvh grid-rows-[1fr_auto_2fr] px-4">
      <span />
      <main id="content" className="mx-auto w-full max-w-[380px] py-10">
        <Wordmark />
        <h1 className="mt-8 font-semibold text-title tracking-[-0.01em]">{title}</h1>
        {words && <div className="mt-1 text-soft">{words}</div>}
        <div className="mt-6 grid gap-5">{children}</div>
      </main>
    </div>
  );
}
