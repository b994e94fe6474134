// Mails as a session has fetched them: streamed in, and not stored yet.
import { randomUUID } from "node:crypto";
import { type ClaimedMailbox, claimMailboxes } from "@/domain/mailbox/claim";
import type { Arrival } from "@/domain/message/intake";
import { takeIn } from "@/worker/intake";
import type { TestDatabase } from "./database";

export async function arriving(db: TestDatabase, tenantId: string, lines: string[]): Promise<Arrival> {
  async function* bytes() {
    yield Buffer.from(`${lines.join("\r\n")}\r\n\r\nText\r\n`);
  }
  return takeIn(bytes(), { epoch: "", uid: randomUUID(), size: 100 }, null, {
    ...{ db: db.worker, tenantId, name: "ferry.provider.example", installation: "inst-1", now: new Date() },
    source: { host: "pop.example", protocol: "pop3", tls: "off" },
  });
}

/** All mailboxes that are due, each with a session's lease, by their ids. */
export async function claimAll(db: TestDatabase): Promise<Map<string, ClaimedMailbox>> {
  const wish = { workerId: randomUUID(), sites: ["main"], count: 100, perTenant: 100, leaseSeconds: 600 };
  return new Map((await claimMailboxes(db.worker, wish)).map((one) => [one.mailboxId, one]));
}
