// What only some people come to see is fetched when it is first drawn: what a press or an answer brings, or what stands on a
// page in rare cases only.
"use client";
import { type ComponentType, lazy, Suspense } from "react";

/** A component that is fetched when it is drawn; until then nothing stands there. Failing to fetch is the page's error. */
export function late<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const Late = lazy(async () => ({ default: await load() }));
  return (props) => (
    <Suspense fallback={null}>
      <Late {...props} />
    </Suspense>
  );
}
