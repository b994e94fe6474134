// People: who has a role in every tenant, and everybody's account.
import type { Metadata } from "next";
import { enterPlatform } from "@/app/_server/scope";
import { PageHeader } from "@/app/_ui/page";
import { relativeTime } from "@/app/_ui/time";
import { listPeople } from "@/domain/platform/people";
import { readRequired } from "@/domain/platform/second-factor";
import { People } from "./people";
import { RequiredFactor } from "./required-factor";

export const metadata: Metadata = { title: "People · Mailferry" };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function PeoplePage({ searchParams }: { searchParams: Search }) {
  const { scope, person, now } = await enterPlatform("platform.people");
  const { search } = await searchParams;
  const wanted = typeof search === "string" ? search.replaceAll("\0", "").trim().slice(0, 200) : "";
  const [people, required] = await Promise.all([listPeople(scope, wanted), readRequired(scope)]);
  return (
    <>
      <PageHeader title="People">
        A platform role counts in every tenant, those to come included. Members of one tenant are added on its own page.
      </PageHeader>
      <People
        search={wanted}
        ownId={person.personId}
        people={people.map(({ lastSeenAt, ...one }) => ({
          ...one,
          lastSeen: lastSeenAt ? relativeTime(lastSeenAt, now) : "never",
        }))}
      />
      <div className="mt-8">
        <RequiredFactor
          key={required.roles.join()}
          required={required}
          ownFactor={person.factors.code || person.factors.passkeys > 0}
        />
      </div>
    </>
  );
}
