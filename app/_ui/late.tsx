// What only some people come to see is fetched when it is first drawn: what a press or an answer brings, or what stands on a
// page in rare cases only.
"use client";
import { type ComponentType, lazy, Suspense } from "react";

/** A component that is fetched when it is drawn; until then nothing stands there. Failing to fetch costs no more than itself. */
export function late<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const Late = lazy(async () => ({ default: await load().catch((): ComponentType<Props> => Unfetched) }));
  return (props) => (
    <Suspense fallback={null}>
      <Late {...props} />
    </Suspense>
  );
}

/** In its place, so that what was typed around it stays. Trying again is of no use: React and the loader keep the failure. */
const Unfetched = () => (
  <p role="alert" className="text-needs text-table">
    ▲ This part of the page could not be fetched: the portal does not answer, or was renewed since you opened the page.
    Reload it to go on; what you typed and did not save is lost then.
  </p>
);
