// Faults of pages and route handlers go to the portal's log, under the digest that the error page shows.
import type { Instrumentation } from "next";

export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME === "edge") return;
  const { log } = await import("@/app/_server/log");
  const digest = typeof error === "object" && error !== null && "digest" in error ? error.digest : undefined;
  // The address of an invitation is its secret; a query may hold what somebody searched for.
  const path = request.path.replace(/\?.*$/, "").replace(/^\/invitation\/.*/, "/invitation/…");
  log.error({ fault: digest, method: request.method, path, route: context.routePath, err: error }, "fault");
};
