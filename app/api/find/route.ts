// GET /api/find?q=…: tenants and mailboxes for the palette, of those that the person may enter.
import { personRoute } from "@/app/_server/scope";
import { portalDb } from "@/domain/platform/database";
import { findPlaces } from "@/domain/tenant/find";

const shown = 6;

export const GET = personRoute(async ({ token }, request) => {
  const words = new URL(request.url).searchParams.get("q") ?? "";
  return Response.json({ places: await findPlaces(portalDb(), token, words, shown) });
});
