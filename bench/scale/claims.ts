// By which way the claim of a mail finds it among millions that are settled. Lanes and mails are really claimed, and Postgres' own
// words about every statement that reads mails are read, also inside functions (auto_explain): no words of theirs are repeated here.
import type pg from "pg";
import { claimLane, releaseSlot } from "@/domain/lane/claim";
import { claimMail } from "@/domain/message/claim";
import { claimMails } from "@/domain/message/claim-several";
import type { TestDatabase } from "@/test/database";
import { openExplained } from "@/test/explained";
import { addDeferred, addHistory, addReady } from "./history";
import { makeWorld } from "./world";

/** What a statement may touch of the database's blocks: the depth of all of a mail's indexes, and never a part of the mails. */
const mostBlocks = 150;
/** So many, behind as many hands of two. Postgres plans a statement anew five times before it may settle on a plan for all values. */
const claimsOfLane = 8;

interface Way {
  statement: string;
  times: number;
  indexes: Set<string>;
  inOrder: boolean;
  /** the most of one time */
  blocks: number;
}

const claimant = {
  workerId: "00000000-0000-4000-8000-000000000001",
  sites: ["main"],
  leaseSeconds: 60,
  uncertainSeconds: 600,
};

export interface ClaimsWish {
  tenants: number;
  /** settled ones */
  mails: number;
  /** mails that are due in the first tenant's lane */
  longest?: number;
  /** mails that wait for their next attempt in the second one's, in front of those that are due */
  deferred?: number;
}

/** A fifth of the settled mails are one tenant's, and so is the longest queue. */
export async function makeClaimsWorld(
  client: pg.Client,
  { tenants, mails, longest = 20_000, deferred = 0 }: ClaimsWish,
  say: (line: string) => void,
): Promise<void> {
  await makeWorld(client, null, { tenants, mailboxes: 1, sourcePort: 1, sinkPort: 1 });
  await addHistory(client, mails, 0.2, say);
  if (deferred > 0) await addDeferred(client, deferred);
  await addReady(client, 10, 200);
  await addReady(client, 1, longest - 200);
  await client.query("analyze");
}

/** Claims in every lane that is due, and says what does not hold; in words. */
export async function checkClaims({ urls }: TestDatabase, say: (line: string) => void): Promise<string[]> {
  const { db, plansOf } = openExplained(urls.owner);
  const ways = new Map<string, Way>();
  const claimed: string[] = [];
  try {
    const skip: string[] = [];
    for (;;) {
      const lane = await claimLane(db, claimant, skip);
      if (!lane) break;
      skip.push("skipped" in lane ? lane.skipped : lane.tenantId);
      if (!("token" in lane)) continue;
      for (let n = 0; n < claimsOfLane; n += 1) {
        const hand = await claimMails(db, lane, "bench", { most: 2, inHand: n > 0 });
        claimed.push(...hand.map(({ id }) => id));
      }
      for (let n = 0; n < claimsOfLane; n += 1) {
        const mail = await claimMail(db, lane, "bench");
        if (typeof mail === "object") claimed.push(mail.id);
      }
      await releaseSlot(db, lane, claimant.uncertainSeconds);
      for (const plan of plansOf("").split(/^duration: /m)) take(ways, plan);
    }
  } finally {
    await db.close();
  }
  const faults = faultsOf([...ways.values()], claimed.length);
  say(`${claimed.length} mails were claimed. Statements that read mails: most blocks of one, times, indexes`);
  for (const { statement, times, indexes, inOrder, blocks } of ways.values())
    say(
      `  ${String(blocks).padStart(6)} ${String(times).padStart(5)}  ${inOrder ? "ALL IN ORDER " : ""}${[...indexes].join(", ").padEnd(24)} ${statement}`,
    );
  for (const fault of faults) say(`! ${fault}`);
  return faults;
}

function take(ways: Map<string, Way>, plan: string): void {
  const [text = "", ...nodes] = (/Query Text: ([\s\S]*)/.exec(plan)?.[1] ?? "").split(/\n(?=[A-Z][\w ]+ {2}\(cost)/);
  const nodesText = nodes.join("\n");
  const inOrder = /Seq Scan on (?:public\.)?mail\b/.test(nodesText);
  const indexes = [...nodesText.matchAll(/Index (?:Only )?Scan (?:Backward )?(?:using|on) (mail_\w+)/g)].flatMap(
    ([, name]) => name ?? [],
  );
  if (!inOrder && indexes.length === 0) return;
  const statement = text.replace(/\s+/g, " ").trim().slice(0, 140);
  const way = ways.get(statement) ?? { statement, times: 0, indexes: new Set(), inOrder: false, blocks: 0 };
  const [, hit = "0", read = "0"] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(nodesText) ?? [];
  way.times += 1;
  way.inOrder ||= inOrder;
  way.blocks = Math.max(way.blocks, Number(hit) + Number(read));
  for (const name of indexes) way.indexes.add(name);
  ways.set(statement, way);
}

function faultsOf(ways: Way[], claimed: number): string[] {
  const next = ways.filter(({ statement }) => /^select m\.id, m\.seq\b.* m\.exchange_id\b/.test(statement));
  return [
    ...(claimed === 0 ? ["nothing was claimed"] : []),
    ...(next.length === 0 ? ["no statement looked for the next mail"] : []),
    ...next
      .filter(({ indexes }) => !indexes.has("mail_order") && !indexes.has("mail_claim"))
      .map(
        ({ statement, indexes }) =>
          `not in the order of arrival by its index, but by ${[...indexes].join(", ")}: ${statement}`,
      ),
    ...ways.filter(({ inOrder }) => inOrder).map(({ statement }) => `goes through all mails: ${statement}`),
    ...ways
      .filter(({ blocks }) => blocks > mostBlocks)
      .map(({ statement, blocks }) => `touches ${blocks} blocks: ${statement}`),
  ];
}
