// A mailbox at a provider as a model, and what is stored of it here: sessions are played against the cursor's plans with
// everything that a server may do between two of them.
import { type Known, type Plan, planSession } from "@/domain/mailbox/cursor";
import type { Listed, Listing } from "@/mail/source";

/** `content` stands for the bytes, and so for their hashes. */
export interface AtSource {
  content: number;
  uid: string;
  size: number;
}
export interface Identity extends Omit<Known, "state"> {
  content: number;
  state: "stored" | "closed";
}

export interface Visit {
  named: boolean;
  most: number;
  /** what became of the QUIT; not heard: the mails are gone, and we don't know */
  quit: "answered" | "lost" | "unheard";
}

export const changes = ["arrive", "lose", "renumber", "migrate", "rename-one", "reorder", "epoch", "reuse"] as const;
export type Change = { what: (typeof changes)[number]; at: number; size: number };

const now = new Date("2026-11-24T10:00:00Z");

/** With the name that it had. */
const close = (one: Identity): void => {
  Object.assign(one, { state: "closed", epoch: one.epoch.replace(/^was:\d+:/, "") });
};

export class ModelMailbox {
  mails: AtSource[] = [];
  identities: Identity[] = [];
  collected = new Map<number, number>();
  /** deleted by us, and never collected */
  uncollected: number[] = [];
  private epoch = 1;
  private names = 0;
  private contents = 0;
  /** names whose mail is gone: servers use them again */
  private free: string[] = [];
  private recheck = false;
  private leaving = false;

  constructor(readonly after: "delete" | "keep") {}

  change({ what, at, size }: Change): void {
    const place = this.mails.length === 0 ? 0 : at % this.mails.length;
    switch (what) {
      case "arrive":
      case "reuse":
        this.mails.push({
          content: this.contents++,
          uid: what === "reuse" ? this.usedName() : this.newName(),
          size,
        });
        return;
      case "lose":
        this.free.push(...this.mails.splice(place, 1).map(({ uid }) => uid));
        return;
      case "renumber":
        this.mails = this.mails.map((mail) => ({ ...mail, uid: this.newName() }));
        return;
      case "migrate":
        // Another server counts octets otherwise.
        this.mails = this.mails.map((mail) => ({ ...mail, uid: this.newName(), size: mail.size + 2 }));
        return;
      case "rename-one":
        this.mails = this.mails.map((mail, n) => (n === place ? { ...mail, uid: this.newName() } : mail));
        return;
      case "reorder":
        this.mails.push(...this.mails.splice(0, place));
        return;
      case "epoch":
        this.epoch += 1;
        this.mails = this.mails.map((mail, n) => ({ ...mail, uid: `u${n + 1}` }));
        this.names = Math.max(this.names, this.mails.length);
        this.free = [];
    }
  }

  /**
   * Of a mail that is gone. What is kept under a known name and size is never looked at again, so there it is one that a
   * session has seen to be gone; what would be deleted is looked at first.
   */
  private usedName(): string {
    const isOpen = (name: string) =>
      this.identities.some(
        ({ state, uid, epoch }) => state === "stored" && uid === name && epoch === String(this.epoch),
      );
    const at = this.free.findIndex((name) => this.after === "delete" || !isOpen(name));
    return this.free.splice(at, at < 0 ? 0 : 1)[0] ?? this.newName();
  }

  private newName = (): string => `u${++this.names}`;

  /**
   * A session, as worker/session.ts goes on from the plan. `named`: the server names its mails this time. `most`: so many mails
   * before others get their turn.
   */
  session({ named, most, quit }: Visit, judge: (plan: Plan, listing: Listing) => void): void {
    const listing = this.list(named);
    const known = this.identities.filter(({ state }) => state !== "closed") as (Known & Identity)[];
    const closed = this.identities.filter(({ state }) => state === "closed");
    const had = this.identities.length > 0;
    const keeps = this.after === "keep";
    const plan = planSession({
      listing,
      known,
      closedUids: new Set(closed.filter(({ epoch }) => epoch === listing.epoch).map(({ uid }) => uid)),
      settings: { after: this.after, keepDays: 7 },
      recheck: this.recheck && had,
      emptied: keeps && had && known.length === 0,
      leaving: this.leaving,
      deleteDelayMinutes: 0,
      now,
    });
    judge(plan, listing);
    const left = this.play(plan, listing, most, quit);
    const through = left === 0 && quit === "answered";
    this.leaving = quit !== "answered" || (this.leaving && !through);
    this.recheck = (plan.byHash ? this.recheck : plan.recheck) && !through;
  }

  private list = (named: boolean): Listing => ({
    epoch: named ? String(this.epoch) : "",
    uidsUsable: named,
    mails: this.mails.map(
      ({ uid, size }, n): Listed => ({ number: n + 1, uid: named ? uid : null, size, receivedAt: null }),
    ),
  });

  /** Returns how many mails were left for the next session. */
  private play(plan: Plan, listing: Listing, most: number, quit: Visit["quit"]): number {
    for (const one of this.identities) {
      if (plan.close.includes(one.id)) close(one);
      if (plan.missing.identities.has(one.id) && one.epoch === listing.epoch) one.epoch = `was:${one.id}:${one.epoch}`;
    }
    const used = new Set(plan.byHash ? [] : listing.mails.flatMap((mail) => this.openAt(listing, mail)?.id ?? []));
    const marks = new Map<number, number>();
    for (const { mail, identity } of plan.remove)
      if (this.identities.find(({ id }) => id === identity.id)?.content === this.contentOf(mail))
        marks.set(mail.number, identity.id);
    const unlike = plan.remove.map(({ mail }) => mail).filter(({ number }) => !marks.has(number));
    const compared = [...plan.compare, ...unlike];
    const todo = [...plan.fresh, ...plan.wanted, ...compared].sort((a, b) => a.number - b.number);
    for (const mail of todo.slice(0, most)) {
      const among = plan.missing.mails.has(mail.number) ? plan.missing.identities : null;
      const compare = plan.byHash || plan.recheck || compared.includes(mail) || among !== null;
      const same = compare && !(plan.byHash || compared.includes(mail) || plan.recheck) ? among : null;
      const id = (compare ? this.recognise(plan, listing, mail, used, same) : null) ?? this.store(plan, listing, mail);
      used.add(id);
      if (this.after === "delete") marks.set(mail.number, id);
    }
    if (plan.byHash && todo.length <= most)
      for (const one of this.identities) if (!used.has(one.id) && one.state === "stored") close(one);
    this.quit(marks, quit);
    return Math.max(0, todo.length - most);
  }

  private openAt = (listing: Listing, mail: Listed) =>
    this.identities.find(({ state, epoch, uid }) => state !== "closed" && epoch === listing.epoch && uid === mail.uid);
  contentOf = (mail: Listed): number => this.mails[mail.number - 1]?.content ?? -1;

  private recognise(plan: Plan, listing: Listing, mail: Listed, used: Set<number>, among: ReadonlySet<number> | null) {
    const own = this.openAt(listing, mail)?.id;
    const fit = this.identities.filter(
      (one) =>
        one.content === this.contentOf(mail) &&
        (among === null || among.has(one.id)) &&
        (one.id === own || !used.has(one.id)) &&
        !(plan.byHash && one.state === "closed"),
    );
    const match = fit.find(({ id }) => id === own) ?? fit[0];
    if (!match) return null;
    if (!plan.byHash) {
      this.vacate(listing, mail, match.id);
      Object.assign(match, { epoch: listing.epoch, uid: mail.uid, size: mail.size, state: "stored" });
    }
    return match.id;
  }

  private store(plan: Plan, listing: Listing, mail: Listed): number {
    const content = this.contentOf(mail);
    this.collected.set(content, (this.collected.get(content) ?? 0) + 1);
    const id = this.identities.length + 1;
    const uid = plan.byHash ? `#${content}` : (mail.uid ?? "");
    this.vacate(listing, mail, id);
    const base = { state: "stored" as const, createdAt: now, nextTryAt: null, tries: 0, wanted: false };
    this.identities.push({ id, epoch: listing.epoch, uid, size: mail.size, content, ...base });
    return id;
  }

  private vacate(listing: Listing, mail: Listed, except: number): void {
    const there = this.openAt(listing, mail);
    if (there && there.id !== except) there.state = "closed";
  }

  private quit(marks: Map<number, number>, quit: Visit["quit"]): void {
    if (quit === "lost") return;
    const gone = this.mails.filter((_, n) => marks.has(n + 1));
    this.free.push(...gone.map(({ uid }) => uid));
    this.uncollected.push(...gone.map(({ content }) => content).filter((content) => !this.collected.has(content)));
    this.mails = this.mails.filter((_, n) => !marks.has(n + 1));
    if (quit === "unheard") return;
    for (const id of marks.values()) for (const one of this.identities) if (one.id === id) one.state = "closed";
  }
}
