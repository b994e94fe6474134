// A test's conversation from line `after` on: the page asks every 400 ms while the test runs.
import { tenantRoute } from "@/app/_server/scope";
import { readProbe } from "@/domain/probe/ask";

export const GET = tenantRoute<{ tenant: string; id: string }>(
  "exchange.test-saved",
  async ({ scope }, request, { id }) => {
    const after = Number(new URL(request.url).searchParams.get("after") ?? 0);
    const probe = await readProbe(scope, id, Number.isInteger(after) && after >= 0 && after < 1_000_000 ? after : 0);
    return probe
      ? Response.json(probe)
      : Response.json({ ok: false, message: "There is no such test." }, { status: 404 });
  },
);
