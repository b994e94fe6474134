// GET /api/health: 200 when the portal reaches the database and some worker has a fresh heartbeat, else 503 and which
// part is missing. Open to everybody on purpose: it says nothing else.

import { portalDb } from "@/domain/platform/database";
import { health } from "@/domain/platform/health";

export const dynamic = "force-dynamic";

export async function GET(): Promise<Response> {
  const found = await state();
  return Response.json(found, { status: found.ok ? 200 : 503, headers: { "cache-control": "no-store" } });
}

async function state() {
  try {
    const { ok, database, worker } = await health(portalDb());
    const missing = [...(database ? [] : ["database"]), ...(worker ? [] : ["worker"])];
    return ok ? { ok, database, worker } : { ok, database, worker, missing: database ? missing : ["database"] };
  } catch {
    return { ok: false, database: false, worker: false, missing: ["database"] };
  }
}
