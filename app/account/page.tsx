// Your account: password, second factors and sessions.
import { headers } from "next/headers";
import { relyingParty } from "@/app/_server/factors";
import { enterSignedIn } from "@/app/_server/scope";
import { Column, Mono, PageHeader, Section } from "@/app/_ui/page";
import { longTime, relativeTime } from "@/app/_ui/time";
import { deviceWords } from "@/domain/person/device";
import { listOwnSessions, type SignInBefore, signInBefore } from "@/domain/person/own-sessions";
import { listPasskeys } from "@/domain/person/passkey";
import { portalDb } from "@/domain/platform/database";
import { machineTimeZone } from "@/domain/tenant/schema";
import { PasswordForm } from "./password-form";
import { SecondFactor } from "./second-factor";
import { Sessions } from "./sessions";

export default async function AccountPage() {
  const { person } = await enterSignedIn("/account");
  const now = new Date();
  const [sessions, before, passkeys] = await Promise.all([
    listOwnSessions(portalDb(), person, now),
    signInBefore(portalDb(), person),
    listPasskeys(portalDb(), person.personId),
  ]);
  const zone = machineTimeZone();
  return (
    <>
      <PageHeader title="Your account">
        {person.name !== person.email && <>{person.name}, </>}
        <Mono>{person.email}</Mono>. <LastSignIn before={before} zone={zone} now={now} />
      </PageHeader>
      <Column>
        <Section title="Password" help="A new one signs you out everywhere else.">
          <PasswordForm email={person.email} />
        </Section>
        <Section
          title="Second factor"
          help="Asked for beside your password, so that a password alone opens nothing. A passkey signs you in by itself."
        >
          <SecondFactor
            factors={person.factors}
            passkeys={passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
              id,
              name,
              created: relativeTime(createdAt, now),
              lastUsed: lastUsedAt ? relativeTime(lastUsedAt, now) : "never",
            }))}
            device={deviceWords((await headers()).get("user-agent") ?? "")}
            named={relyingParty() !== null}
          />
        </Section>
        <Section
          title="Where you are signed in"
          help="A session ends after 12 hours without use (a page in view is use), and after 7 days in any case. Sign out what you don’t know, then change your password."
        >
          <Sessions
            sessions={sessions.map(({ since, lastUsed, ...one }) => ({
              ...one,
              since: relativeTime(since, now),
              sinceExact: `${longTime(since, zone)} (${zone})`,
              lastUsed: relativeTime(lastUsed, now),
            }))}
          />
        </Section>
      </Column>
    </>
  );
}

function LastSignIn({ before, zone, now }: { before: SignInBefore | null; zone: string; now: Date }) {
  if (!before) return <>No sign-in before this one is known; they are remembered for a week.</>;
  return (
    <>
      The sign-in before this one:{" "}
      <time dateTime={before.at.toISOString()} title={`${longTime(before.at, zone)} (${zone})`}>
        {relativeTime(before.at, now)}
      </time>
      , {before.device}, from <Mono>{before.address}</Mono>.
    </>
  );
}
