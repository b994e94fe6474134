// Gathering: what several ask of the database at the same time is asked together. While one round is under way, what comes is
// kept for the next; so nobody waits for company that may never come, and the more there is to do the more share a commit
// (docs/decisions/0042 and 0055).

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
  /** so many items share a round at most: so long all of them wait for their commit */
  most?: number;
  /** two of one name are never in one round: what answers by name could not tell them apart */
  nameOf?: (item: In) => unknown;
  /** a round that takes longer is no longer waited for: the next one begins beside it (a lost connection takes minutes to show) */
  patienceMs?: number;
}

/** `ask` answers in the order of its items, and all or none of them count. */
export function gatherer<In, Out>(ask: (items: In[]) => Promise<Out[]>, rounds: Rounds<In> = {}): Gatherer<In, Out> {
  const { most = 50, nameOf = (item: In) => item, patienceMs = 2000 } = rounds;
  let waiting: Waiting<In, Out>[] = [];
  let running = false;

  async function round(items: Waiting<In, Out>[]): Promise<void> {
    try {
      const answers = await ask(items.map(({ item }) => item));
      if (answers.length !== items.length) throw new Error(`${items.length} asked and ${answers.length} answered`);
      answers.forEach((answer, n) => {
        items[n]?.done(answer);
      });
    } catch (fault) {
      // One of them may be the reason: the others must not fail with it.
      if (items.length > 1) await Promise.all(items.map((one) => round([one])));
      else items[0]?.failed(fault);
    }
  }

  async function work(): Promise<void> {
    // Those who come in the same turn share the first round too.
    await new Promise<void>((next) => setImmediate(next));
    while (waiting.length > 0) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((next) => {
        timer = setTimeout(next, patienceMs);
      });
      await Promise.race([round(takeNext()), patience]);
      clearTimeout(timer);
    }
    running = false;
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
