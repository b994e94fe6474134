// Streams of news to open pages, as server-sent events. The door lets a person in; while the stream is open the same
// question is asked of the database every few seconds, and a stream that may not be any more, or that nobody can answer
// for, ends. An event says what changed and nothing of what it is now: pages ask for that by their own doors.
import { type Ears, portalHub } from "@/domain/live/hub";
import type { Topic } from "@/domain/live/topics";

export interface LiveStream {
  personId: string;
  /** whose news now; null: none any more. Asked at the opening and again and again */
  still(): Promise<Ears | null>;
  /** fires when the page is gone */
  gone: AbortSignal;
}

const checkEveryMs = 4000;
/** So long a stream is believed while the database can't be asked. */
const unansweredMs = 20_000;
/** What comes in between is told together. */
const gatherMs = 250;
/** Chunks that a browser left lying: it reads no more. */
const mostUnread = 50;

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  // no-transform: compression would hold events back.
  "cache-control": "private, no-store, no-transform",
  "x-accel-buffering": "no",
};
const refused = (status: number, message: string) =>
  Response.json({ ok: false, message }, { status, headers: { "cache-control": "no-store" } });

export async function liveResponse(asked: LiveStream): Promise<Response> {
  const ears = await asked.still();
  if (!ears) return refused(401, "Sign in first.");
  const stream = new OpenStream(asked, ears);
  if (!stream.joins()) return refused(429, "So many of your pages are open that this one is not told what happens.");
  return new Response(stream.body(), { headers });
}

class OpenStream {
  private out: ReadableStreamDefaultController<Uint8Array> | null = null;
  private leave: (() => void) | null = null;
  private checking: NodeJS.Timeout | null = null;
  private gathering: NodeJS.Timeout | null = null;
  private answeredAt = Date.now();
  private readonly about = new Set<Topic>();
  private readonly text = new TextEncoder();

  constructor(
    private readonly asked: LiveStream,
    private ears: Ears,
  ) {}

  /** False: too many are open. */
  joins(): boolean {
    this.leave = portalHub().join(this.asked.personId, {
      ears: () => this.ears,
      hear: (news) => this.hear(news),
      end: () => this.end(),
    });
    return this.leave !== null;
  }

  body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.out = controller;
        this.checking = setInterval(() => void this.check(), checkEveryMs);
        this.asked.gone.addEventListener("abort", () => this.end(), { once: true });
        if (this.asked.gone.aborted) this.end();
        this.say("beat", {});
      },
      cancel: () => this.end(),
    });
  }

  private hear(news: readonly Topic[]): void {
    for (const topic of news) this.about.add(topic);
    this.gathering ??= setTimeout(() => {
      this.gathering = null;
      if (this.about.size > 0) this.say("news", [...this.about]);
      this.about.clear();
    }, gatherMs);
  }

  private async check(): Promise<void> {
    const found = await this.asked.still().catch(() => undefined);
    if (found === undefined) {
      if (Date.now() - this.answeredAt > unansweredMs) this.end();
      return;
    }
    if (found) {
      this.answeredAt = Date.now();
      this.ears = found;
    }
    this.say(found ? "beat" : "end", {});
    if (!found) this.end();
  }

  private say(event: string, data: unknown): void {
    if (!this.out) return;
    if ((this.out.desiredSize ?? 0) < -mostUnread) this.end();
    else this.out.enqueue(this.text.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  private end(): void {
    const out = this.out;
    this.out = null;
    this.leave?.();
    if (this.checking) clearInterval(this.checking);
    if (this.gathering) clearTimeout(this.gathering);
    try {
      out?.close();
    } catch {
      // The browser was quicker.
    }
  }
}
