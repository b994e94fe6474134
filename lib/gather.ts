// Gathering: what several ask of the database at the same time is asked together. While one round is under way, what comes is
// kept for the next; so nobody waits for company that may never come, and the more there is to do the more share a commit. Waited for is
// only who comes again in a moment by experience: else those who were answered together and one who came between them would keep each
// other waiting by turns, in twice as many rounds.

export interface Gatherer<In, Out> {
  /** The answer to this item; or, after it was tried alone, its own fault. */
  add(item: In): Promise<Out>;
}

interface Waiting<In, Out> {
  item: In;
  done: (answer: Out) => void;
  failed: (fault: unknown) => void;
}

export interface Rounds<In> {
  /** so many items share a round at most */
  most?: number;
  /** two of one name are never in one round: what answers by name could not tell them apart */
  nameOf?: (item: In) => unknown;
  /** a round that takes longer is no longer waited for: the next one begins beside it */
  patienceMs?: number;
  /** who asks; who was answered a moment ago is waited for, as long as they come again within `companyMs` */
  whoOf?: (item: In) => unknown;
  companyMs?: number;
}

/** Who was answered a moment ago, and how soon they usually come again. */
class Company {
  private readonly away = new Map<unknown, number>();
  /** between an answer and the next question, ms; a moving average */
  private usual = 0;

  constructor(private readonly longestMs: number) {}

  answered(who: unknown): void {
    this.away.set(who, performance.now());
  }

  came(who: unknown): void {
    const since = this.away.get(who);
    if (since !== undefined) this.learn(who, performance.now() - since);
  }

  /** For so many ms somebody may still come; 0: nobody is waited for. */
  wait(): number {
    const now = performance.now();
    let latest = 0;
    for (const [who, since] of this.away) {
      if (now - since >= this.longestMs) this.learn(who, now - since);
      else latest = Math.max(latest, this.longestMs - (now - since));
    }
    return this.usual < this.longestMs / 2 ? Math.ceil(latest) : 0;
  }

  private learn(who: unknown, ms: number): void {
    this.away.delete(who);
    this.usual += (Math.min(ms, 2 * this.longestMs) - this.usual) / 8;
  }
}

/** `ask` answers in the order of its items, and all or none of them count. */
export function gatherer<In, Out>(ask: (items: In[]) => Promise<Out[]>, rounds: Rounds<In> = {}): Gatherer<In, Out> {
  const { most = 50, nameOf = (item: In) => item, patienceMs = 2000, whoOf, companyMs = 8 } = rounds;
  const company = new Company(companyMs);
  let waiting: Waiting<In, Out>[] = [];
  let running = false;
  let wake = () => {};

  async function round(items: Waiting<In, Out>[]): Promise<void> {
    try {
      const answers = await ask(items.map(({ item }) => item));
      if (answers.length !== items.length) throw new Error(`${items.length} asked and ${answers.length} answered`);
      answers.forEach((answer, n) => {
        const one = items[n];
        if (one && whoOf) company.answered(whoOf(one.item));
        one?.done(answer);
      });
    } catch (fault) {
      // One of them may be the reason: the others must not fail with it.
      if (items.length > 1) await Promise.all(items.map((one) => round([one])));
      else items[0]?.failed(fault);
    }
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      await whoComesAgain();
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((next) => {
        timer = setTimeout(next, patienceMs);
      });
      await Promise.race([round(takeNext()), patience]);
      clearTimeout(timer);
    }
    running = false;
  }

  async function whoComesAgain(): Promise<void> {
    for (let ms = company.wait(); ms > 0 && waiting.length < most; ms = company.wait()) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((next) => {
        wake = next;
        timer = setTimeout(next, ms);
      });
      clearTimeout(timer);
    }
    // Who comes in the same turn as the last one, such as with an outcome and a mark, comes along.
    await new Promise<void>((next) => setImmediate(next));
  }

  function takeNext(): Waiting<In, Out>[] {
    const now = new Map<unknown, Waiting<In, Out>>();
    const later: Waiting<In, Out>[] = [];
    for (const one of waiting) {
      const name = nameOf(one.item);
      if (now.size < most && !now.has(name)) now.set(name, one);
      else later.push(one);
    }
    waiting = later;
    return [...now.values()];
  }

  return {
    add: (item) =>
      new Promise((done, failed) => {
        waiting.push({ item, done, failed });
        if (whoOf) company.came(whoOf(item));
        wake();
        if (running) return;
        running = true;
        void work();
      }),
  };
}

/** One gatherer for each `Key`, such as a database, for as long as that lives. */
export function gathererOf<Key extends object, In, Out>(
  ask: (key: Key, items: In[]) => Promise<Out[]>,
  rounds: Rounds<In> = {},
) {
  const all = new WeakMap<Key, Gatherer<In, Out>>();
  return (key: Key): Gatherer<In, Out> => {
    const known = all.get(key) ?? gatherer((items: In[]) => ask(key, items), rounds);
    all.set(key, known);
    return known;
  };
}
