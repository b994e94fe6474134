// Breadth-first search over every state that the steps reach. States are hash-consed: equal parts are one object with a
// number, so a state is a short key and is kept once.

export interface Edge<State> {
  name: string;
  fault: boolean;
  next: State;
}

export interface Model<State> {
  start: State;
  steps(state: State): Edge<State>[];
  /** the parts that a state is made of, in a fixed order; and a state of parts that are equal */
  parts(state: State): readonly object[];
  whole(parts: readonly object[]): State;
  /** the name of an invariant that does not hold here */
  broken(state: State): string | null;
  isOver(state: State): boolean;
  /** each edge once, for what a test wants to count */
  seen?(from: State, edge: Edge<State>): void;
}

export interface Found {
  states: number;
  edges: number;
  /** how often each step was taken */
  steps: Map<string, number>;
  /** the first broken invariant, dead end or circle, with the shortest way there; null: all holds */
  fault: string | null;
}

export function explore<State>(model: Model<State>): Found {
  const known = new Known(model);
  const steps = new Map<string, number>();
  /** from, to, from, to … of the steps that are no faults */
  const calm: number[] = [];
  let edges = 0;
  known.add(model.start, -1, "");
  for (let at = 0; at < known.states.length; at++) {
    const state = known.at(at);
    const broken = model.broken(state);
    if (broken) return { states: known.states.length, edges, steps, fault: `${broken}\n${known.wayTo(at)}` };
    for (const edge of model.steps(state)) {
      edges += 1;
      steps.set(edge.name, (steps.get(edge.name) ?? 0) + 1);
      model.seen?.(state, edge);
      const to = known.add(edge.next, at, edge.name);
      if (!edge.fault) calm.push(at, to);
    }
  }
  const stuck = neverArrives(known.states.length, calm, (at) => model.isOver(known.at(at)));
  const fault = stuck && `${stuck.why}\n${known.wayTo(stuck.at)}`;
  return { states: known.states.length, edges, steps, fault };
}

class Known<State> {
  readonly states: State[] = [];
  private readonly keys = new Map<string, number>();
  private readonly parts = new Map<string, { part: object; n: number }>();
  private readonly numbers = new WeakMap<object, number>();
  private readonly from: number[] = [];
  private readonly by: string[] = [];

  constructor(private readonly model: Model<State>) {}

  add(state: State, from: number, by: string): number {
    const parts = this.model.parts(state);
    let key = "";
    for (const part of parts) key += String.fromCharCode(this.numberOf(part));
    const found = this.keys.get(key);
    if (found !== undefined) return found;
    this.keys.set(key, this.states.length);
    this.from.push(from);
    this.by.push(by);
    return this.states.push(this.model.whole(parts.map((part) => this.one(part)))) - 1;
  }

  at(n: number): State {
    const state = this.states[n];
    if (state === undefined) throw new Error(`no state ${n}`);
    return state;
  }

  /** The steps that lead here, and what is here. */
  wayTo(n: number): string {
    const way: string[] = [];
    for (let at = n; (this.from[at] ?? -1) >= 0; at = this.from[at] ?? -1) way.unshift(this.by[at] ?? "");
    return `${way.map((step, k) => `${k + 1}. ${step}`).join("\n")}\n${JSON.stringify(this.at(n))}`;
  }

  private numberOf(part: object): number {
    const known = this.numbers.get(part);
    if (known !== undefined) return known;
    const { n } = this.entry(part);
    // A key has one UTF-16 unit for each part.
    if (n > 0xffff) throw new Error("too many different parts");
    this.numbers.set(part, n);
    return n;
  }

  private one = (part: object): object => this.entry(part).part;

  private entry(part: object) {
    const text = JSON.stringify(part);
    const entry = this.parts.get(text) ?? { part, n: this.parts.size };
    this.parts.set(text, entry);
    return entry;
  }
}

/**
 * Once nothing breaks any more, every way from every state must come to an end, and be over there: what is left after the
 * states are peeled off from the end is a circle.
 */
function neverArrives(count: number, calm: number[], isOver: (at: number) => boolean) {
  const open = new Int32Array(count);
  const first = new Int32Array(count + 1);
  for (let n = 0; n < calm.length; n += 2) {
    open[calm[n] ?? 0] = (open[calm[n] ?? 0] ?? 0) + 1;
    first[(calm[n + 1] ?? 0) + 1] = (first[(calm[n + 1] ?? 0) + 1] ?? 0) + 1;
  }
  for (let at = 0; at < count; at++) first[at + 1] = (first[at + 1] ?? 0) + (first[at] ?? 0);
  const fill = first.slice();
  const before = new Int32Array(calm.length / 2);
  for (let n = 0; n < calm.length; n += 2) {
    const to = calm[n + 1] ?? 0;
    const place = fill[to] ?? 0;
    before[place] = calm[n] ?? 0;
    fill[to] = place + 1;
  }
  const done: number[] = [];
  for (let at = 0; at < count; at++)
    if (open[at] === 0) {
      if (!isOver(at)) return { why: "a dead end: nothing can happen any more, and it is not over", at };
      done.push(at);
    }
  for (let n = 0; n < done.length; n++) {
    const to = done[n] ?? 0;
    for (let k = first[to] ?? 0; k < (first[to + 1] ?? 0); k++) {
      const at = before[k] ?? 0;
      open[at] = (open[at] ?? 0) - 1;
      if (open[at] === 0) done.push(at);
    }
  }
  const at = open.findIndex((left) => left > 0);
  return at < 0 ? null : { why: "a circle without a fault: it may go on for ever", at };
}
