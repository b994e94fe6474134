// The cursor against a mailbox that loses, renames, reorders and names anew between sessions: each mail is collected once,
// nothing that is known passes for new without a comparison, and only what is stored is planned to be deleted.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Plan } from "@/domain/mailbox/cursor";
import type { Listing } from "@/mail/source";
import { type Change, changes, ModelMailbox, type Visit } from "./model-mailbox";
import { seed } from "./seed";

const aChange: fc.Arbitrary<Change> = fc.record({
  what: fc.oneof(fc.constant("arrive" as const), fc.constantFrom(...changes)),
  at: fc.nat({ max: 20 }),
  size: fc.integer({ min: 1, max: 2 }),
});
interface Round {
  between: Change[];
  visit: Visit;
}
const rounds = (named: fc.Arbitrary<boolean>) =>
  fc.array(
    fc.record({
      between: fc.array(aChange, { maxLength: 5 }),
      visit: fc.record({
        named,
        most: fc.constantFrom(1, 2, 99),
        quit: fc.constantFrom("answered", "lost", "unheard"),
      }),
    }),
    { minLength: 1, maxLength: 8 },
  );

function judge(mailbox: ModelMailbox, plan: Plan, listing: Listing): void {
  const open = mailbox.identities.filter(({ state }) => state === "stored");
  for (const { mail, identity } of plan.remove) {
    expect(mailbox.after).toBe("delete");
    expect(open.map(({ id }) => id)).toContain(identity.id);
    expect([identity.epoch, identity.uid, identity.size]).toEqual([listing.epoch, mail.uid, mail.size]);
  }
  if (plan.byHash) expect(plan.remove).toEqual([]);
  for (const mail of plan.fresh) {
    const known = open.some(({ content }) => content === mailbox.contentOf(mail));
    if (known)
      expect(plan.byHash || plan.recheck || plan.missing.mails.has(mail.number), `${mail.uid} is known`).toBe(true);
  }
  const named = new Set(listing.mails.map(({ uid }) => uid));
  for (const id of plan.close) {
    const one = open.find((identity) => identity.id === id);
    expect(one?.epoch === listing.epoch && named.has(one.uid), "closed, and still listed").toBe(false);
  }
}

const calm: Visit = { named: true, most: 99, quit: "answered" };

function play(mailbox: ModelMailbox, all: Round[]): void {
  // A mailbox under a comparison deletes nothing; the session after it looks at what it would delete.
  for (const { between, visit } of [...all, ...Array<Round>(3).fill({ between: [], visit: calm })]) {
    for (const change of between) mailbox.change(change);
    mailbox.session(visit, (plan, listing) => judge(mailbox, plan, listing));
    for (const [content, times] of mailbox.collected) expect(times, `mail ${content} was collected`).toBe(1);
  }
  for (const { content } of mailbox.mails) expect(mailbox.collected.get(content), `mail ${content} was left`).toBe(1);
  if (mailbox.after === "delete") expect(mailbox.mails, "still at the source").toEqual([]);
  expect(mailbox.uncollected, "deleted, and never collected").toEqual([]);
}

it.each(["delete", "keep"] as const)(
  "%s: each mail once, whatever the server does to its names",
  (after) => {
    fc.assert(
      fc.property(rounds(fc.constant(true)), (all) => play(new ModelMailbox(after), all)),
      { seed, numRuns: 1000 },
    );
  },
  60_000,
);

it("delete: also where the server names its mails in some sessions only", () => {
  fc.assert(
    fc.property(rounds(fc.boolean()), (all) => play(new ModelMailbox("delete"), all)),
    { seed, numRuns: 1000 },
  );
}, 60_000);
