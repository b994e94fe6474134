// News for the pages above all tenants: of every tenant for people of the platform, of their own for others.
import { liveResponse } from "@/app/_server/live";
import { personRoute } from "@/app/_server/scope";
import { watchesOf } from "@/domain/live/watches";
import { portalDb } from "@/domain/platform/database";

export const GET = personRoute(({ person, token }, request) =>
  liveResponse({
    personId: person.personId,
    still: () => watchesOf(portalDb(), token),
    gone: request.signal,
  }),
);
