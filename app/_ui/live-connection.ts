// The page's one stream of news: opened when the tab is seen, closed when it is hidden, opened again with growing gaps when
// it breaks. fetch instead of EventSource: it tells why a stream was refused, and silence counts as broken too.
import type { Topic } from "@/domain/live/topics";

export type Liveness =
  /** not begun, or the tab is hidden: nobody asks */
  | { state: "resting" }
  | { state: "live" }
  /** `silentSince`: the last word from the portal, in ms since 1970; null: none yet */
  | { state: "lost"; silentSince: number | null }
  /** the portal answered, and lets this page hear nothing */
  | { state: "refused"; why: "signed-out" | "not-allowed" | "too-many" };

export interface LiveTimes {
  /** a stream that says nothing for so long is broken: the portal says something every four seconds */
  silenceMs: number;
  firstGapMs: number;
  longestGapMs: number;
  /** after a refusal, which a person has to do something about */
  refusedGapMs: number;
}

const usual: LiveTimes = { silenceMs: 13_000, firstGapMs: 500, longestGapMs: 15_000, refusedGapMs: 30_000 };

/** `beginning`: the stream was opened for the first time, and nobody said that anything changed. */
type Listener = (about: readonly Topic[], beginning: boolean) => void;

export class LiveConnection {
  private now: Liveness = { state: "resting" };
  private lastWord: number | null = null;
  private attempt: AbortController | null = null;
  private again: ReturnType<typeof setTimeout> | null = null;
  private silence: ReturnType<typeof setTimeout> | null = null;
  private gaps = 0;
  private readonly heardAt = new Map<Topic, number>();
  private begun = false;
  private readonly listeners = new Set<Listener>();
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly address: string,
    private readonly every: readonly Topic[],
    private readonly times: LiveTimes = usual,
  ) {}

  readonly liveness = (): Liveness => this.now;

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** News that this page wants. Also called with everything when the stream is back: what was said meanwhile is lost. */
  readonly listen = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Whether one of these was heard within so many milliseconds: what was drawn just now may be from before. */
  readonly lately = (about: readonly Topic[], ms: number): boolean =>
    about.some((one) => (this.heardAt.get(one) ?? Number.NEGATIVE_INFINITY) > Date.now() - ms);

  /** The tab is seen, or the network is back: at once, whatever gap was running. */
  readonly open = (): void => {
    if (this.attempt) return;
    if (this.again) clearTimeout(this.again);
    this.gaps = 0;
    void this.connect();
  };

  readonly close = (): void => {
    if (this.again) clearTimeout(this.again);
    this.again = null;
    this.drop();
    this.become({ state: "resting" });
  };

  /** What is there is known to be broken: the browser says that it is offline. */
  readonly broke = (): void => {
    if (this.now.state === "resting") return;
    this.drop();
    this.lost();
  };

  private async connect(): Promise<void> {
    const attempt = new AbortController();
    this.attempt = attempt;
    this.again = null;
    this.waitForWord();
    try {
      const answer = await fetch(this.address, {
        signal: attempt.signal,
        cache: "no-store",
        headers: { accept: "text/event-stream" },
      });
      if (answer.ok && answer.body) await this.read(answer.body, attempt);
      else this.refusedBy(answer.status, attempt);
    } catch {
      // Aborted by us, or the network: told apart below.
    }
    if (this.attempt === attempt) {
      this.drop();
      this.lost();
    }
  }

  private async read(body: ReadableStream<Uint8Array>, attempt: AbortController): Promise<void> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.attempt !== attempt) return;
      text += decoder.decode(value, { stream: true });
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        this.take(event, attempt);
        if (this.attempt !== attempt) return;
      }
    }
  }

  private take(event: string, attempt: AbortController): void {
    this.lastWord = Date.now();
    this.gaps = 0;
    this.waitForWord();
    const [, kind = "", data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
    if (kind === "end") {
      this.refused("not-allowed", attempt);
      return;
    }
    const wasLive = this.now.state === "live";
    this.become({ state: "live" });
    // Our own portal's words: a list of topics.
    const about: readonly Topic[] = kind === "news" ? JSON.parse(data) : [];
    const heard = wasLive ? about : this.every;
    const beginning = !this.begun;
    this.begun = true;
    for (const one of heard) this.heardAt.set(one, Date.now());
    if (heard.length > 0) for (const listener of [...this.listeners]) listener(heard, beginning);
  }

  private refusedBy(status: number, attempt: AbortController): void {
    if (status === 401) this.refused("signed-out", attempt);
    if (status === 403 || status === 404) this.refused("not-allowed", attempt);
    if (status === 429) this.refused("too-many", attempt);
  }

  private refused(why: Extract<Liveness, { state: "refused" }>["why"], attempt: AbortController): void {
    if (this.attempt !== attempt) return;
    this.drop();
    this.become({ state: "refused", why });
    // The portal answers, so a page that is not told may ask: as often as it is refused.
    if (why === "too-many") for (const listener of [...this.listeners]) listener(this.every, false);
    this.tryAgain(this.times.refusedGapMs);
  }

  private lost(): void {
    this.become({ state: "lost", silentSince: this.lastWord });
    const gap = Math.min(this.times.longestGapMs, this.times.firstGapMs * 2 ** this.gaps);
    this.gaps += 1;
    // Not all pages of all people at the moment when the portal is back.
    this.tryAgain(gap * (0.75 + Math.random() * 0.5));
  }

  private tryAgain(ms: number): void {
    if (this.again) clearTimeout(this.again);
    this.again = setTimeout(() => void this.connect(), ms);
  }

  private waitForWord(): void {
    if (this.silence) clearTimeout(this.silence);
    this.silence = setTimeout(() => this.broke(), this.times.silenceMs);
  }

  private drop(): void {
    if (this.silence) clearTimeout(this.silence);
    this.silence = null;
    const attempt = this.attempt;
    this.attempt = null;
    attempt?.abort();
  }

  private become(next: Liveness): void {
    const same = next.state === this.now.state && next.state !== "refused";
    this.now = same && next.state !== "lost" ? this.now : next;
    if (!same || next.state === "lost") for (const watcher of [...this.watchers]) watcher();
  }
}
