// A connection's hand: the mail that it carries and, while mails go quickly, a few behind it. So several share what a claim costs, the
// next is there when one is done, and its envelope can follow the last one's dot without a wait (docs/decisions/0052).
import type { ClaimedLane } from "@/domain/lane/claim";
import { type ClaimedMail, claimMail } from "@/domain/message/claim";
import { claimMails } from "@/domain/message/claim-several";
import { putDownNext } from "@/domain/message/put-down";
import type { Db } from "@/lib/db";

// How a mail goes: claimed, behind others, carried, done; or put down, for other connections. The numbers are chosen, not measured.
/** in one claim: what a server's silence keeps back for a moment, and what a worker's death throws suspicion on */
const mostAtOnce = 8;
/** a mail that is done sooner went quickly, ms */
const quickMs = 250;
/** what is in hand behind a mail that takes longer is put down for other connections, ms */
const slowMs = 1000;

export class Hand {
  /** those behind the one that is carried, in their order */
  private behind: ClaimedMail[] = [];
  /** all that the connection has a lease on */
  private readonly leased = new Set<ClaimedMail>();
  /** in the next claim: twice as many as in the last one while all goes quickly */
  private most = 1;
  private coming: Promise<void> | null = null;
  /** what the database has in this hand is not known here (one of its answers was lost), until the connection is given back */
  private broken = false;
  /** the one that is carried takes long */
  private slow = false;
  /** being put down, or where the database was away then: untried all the same */
  private readonly leaving = new Set<ClaimedMail>();
  private putting: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: Db,
    private readonly lane: ClaimedLane,
    private readonly worker: string,
  ) {}

  get tokens(): string[] {
    return [...this.leased].map(({ token }) => token);
  }

  /** the one that will be carried next, as far as it is here */
  get next(): ClaimedMail | null {
    return this.behind[0] ?? null;
  }

  /** The last mail was taken, and quickly: the next one's envelope may follow the dot. */
  get flows(): boolean {
    return this.most > 1;
  }

  /** The next mail to carry. `probing`: it shows whether the server works again. */
  async take(probing: boolean): Promise<ClaimedMail | "none" | "gone"> {
    if (this.behind.length === 0) await this.coming;
    if (this.broken) return "gone";
    if (this.behind.length === 0) {
      const nothing = await this.claim(probing);
      if (nothing) return nothing;
    }
    const mail = this.behind.shift();
    if (!mail) return "none";
    this.slow = false;
    // While two are left, so that what a claim takes is not waited for.
    if (this.most > 1 && this.behind.length <= 2) this.claimAhead();
    return mail;
  }

  /** While the mail that was taken is carried; where that takes long, others may have what is behind it. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.slow = true;
      this.putDown();
    }, slowMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }

  /** How the last mail went: taken, and after so many ms. What doesn't go well or quickly goes one by one. */
  went(taken: boolean, ms: number): void {
    this.most = taken && ms < quickMs ? Math.min(mostAtOnce, this.most * 2) : 1;
  }

  /** It was taken, and was not tried. */
  giveBack(mail: ClaimedMail): void {
    this.behind.unshift(mail);
  }

  /** Its outcome is written. */
  done(mail: ClaimedMail): void {
    this.leased.delete(mail);
  }

  /** Nothing is claimed any more. Answers the mails that were never tried. */
  async close(): Promise<string[]> {
    await this.coming;
    await this.putting;
    return [...this.behind, ...this.leaving].map(({ id }) => id);
  }

  private async claim(probing: boolean): Promise<"none" | "gone" | null> {
    const { db, lane, worker, most } = this;
    if (!probing && most > 1 && this.hold(await claimMails(db, lane, worker, { most, inHand: false })) > 0) return null;
    // Alone then: the next one is large, under suspicion, at a pace, or there is none.
    const mail = await claimMail(db, lane, worker, probing);
    if (typeof mail === "string") {
      // While nothing is due one question is enough for each look.
      this.most = 1;
      return mail;
    }
    this.hold([mail]);
    return null;
  }

  private claimAhead(): void {
    const { db, lane, worker, most } = this;
    this.coming ??= claimMails(db, lane, worker, { most, inHand: true })
      .then(
        (mails) => {
          this.hold(mails);
          if (this.slow) this.putDown();
        },
        () => {
          this.broken = true;
        },
      )
      .finally(() => {
        this.coming = null;
      });
  }

  private hold(mails: ClaimedMail[]): number {
    this.behind.push(...mails);
    for (const mail of mails) this.leased.add(mail);
    return mails.length;
  }

  private putDown(): void {
    const mails = this.behind.splice(0);
    if (mails.length === 0) return;
    for (const mail of mails) this.leaving.add(mail);
    const ids = mails.map(({ id }) => id);
    this.putting = this.putting
      .then(() => putDownNext(this.db, this.lane, ids))
      .then(() => {
        for (const mail of mails) {
          this.leaving.delete(mail);
          this.leased.delete(mail);
        }
      })
      .catch(() => {
        this.broken = true;
      });
  }
}
