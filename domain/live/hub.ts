// The hub: hands the news that the ear hears to the streams of this portal that may have them. While the ear may be deaf it
// tells every stream to look again every few seconds: then pages are as fresh as if they asked by themselves.
import { webEnv } from "@/lib/env";
import { type EarTimes, listenForNews, type News } from "./ear";
import { type Topic, topics } from "./topics";

/** Whose news a stream gets. */
export interface Ears {
  everything: boolean;
  names: ReadonlySet<string>;
}

export interface Listener {
  /** asked anew for each news: what a person may hear changes while the stream is open */
  ears(): Ears;
  hear(about: readonly Topic[]): void;
  /** the portal stops */
  end(): void;
}

/** More pages at once than a person looks at; browsers themselves allow six over plain HTTP. */
export const streamsPerPerson = 12;
export const streamsInAll = 2000;
const deafLookMs = 5000;
const closeEarAfterMs = 30_000;

export class Hub {
  private readonly joined = new Map<Listener, string>();
  private ear: AbortController | null = null;
  private hears = false;
  private closing: NodeJS.Timeout | null = null;
  private looking: NodeJS.Timeout | null = null;

  constructor(
    private readonly url: string,
    private readonly times?: EarTimes,
    private readonly lookMs = deafLookMs,
  ) {}

  /** Null: this person, or everybody together, has too many open already. Else how to leave. */
  join(personId: string, listener: Listener): (() => void) | null {
    const own = [...this.joined.values()].filter((one) => one === personId).length;
    if (own >= streamsPerPerson || this.joined.size >= streamsInAll) return null;
    this.joined.set(listener, personId);
    this.open();
    return () => {
      this.joined.delete(listener);
      if (this.joined.size === 0) this.closeLater();
    };
  }

  endAll(): void {
    for (const listener of [...this.joined.keys()]) listener.end();
    this.close();
  }

  private open(): void {
    if (this.closing) clearTimeout(this.closing);
    this.closing = null;
    if (this.ear) return;
    this.ear = new AbortController();
    void listenForNews(
      this.url,
      { news: (news) => this.spread(news), hearing: (hears) => this.heard(hears) },
      this.ear.signal,
      this.times,
    );
    this.looking = setInterval(() => !this.hears && this.lookAgain(), this.lookMs);
    this.looking.unref();
  }

  private closeLater(): void {
    this.closing ??= setTimeout(() => this.joined.size === 0 && this.close(), closeEarAfterMs);
    this.closing.unref();
  }

  private close(): void {
    this.ear?.abort();
    this.ear = null;
    this.hears = false;
    if (this.looking) clearInterval(this.looking);
    if (this.closing) clearTimeout(this.closing);
    this.looking = null;
    this.closing = null;
  }

  private heard(hears: boolean): void {
    // What was said in between is lost: everybody looks once.
    if (hears && !this.hears) this.lookAgain();
    this.hears = hears;
  }

  private lookAgain(): void {
    for (const listener of this.joined.keys()) listener.hear(topics);
  }

  private spread(news: News): void {
    for (const listener of this.joined.keys()) {
      const { everything, names } = listener.ears();
      const about = new Set<Topic>();
      const each = everything ? [...news.values()] : [...names].map((name) => news.get(name) ?? []);
      for (const found of each) for (const topic of found) about.add(topic);
      if (about.size > 0) listener.hear([...about]);
    }
  }
}

// One for the process, whichever of Next's bundles asks.
const kept = globalThis as typeof globalThis & { mailferryHub?: Hub };

export function portalHub(): Hub {
  if (!kept.mailferryHub) {
    const hub = new Hub(webEnv().databaseUrl);
    kept.mailferryHub = hub;
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => hub.endAll());
  }
  return kept.mailferryHub;
}
