// A line on which everything is under way for a while, as between two towns: nothing is throttled, much may be under way at
// once. A process of its own. Told a delay and the port behind it, it tells its own.
import net from "node:net";
import { now } from "./time";

export interface DelayWish {
  delayMs: number;
  target: number;
}

/** What is under way in one direction at most: a sender waits then, as it would for a window to open. */
const mostOctets = 16_000_000;

process.on("disconnect", () => process.exit(0));
process.once("message", ({ delayMs, target }: DelayWish) => {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const hold = new Line(client, delayMs);
    // Loopback's handshake took no time: the server hears of the client three ways later (SYN, SYN and ACK, ACK).
    const timer = setTimeout(() => {
      const upstream = net.connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
      hold.to(upstream);
      new Line(upstream, delayMs).to(client);
      const end = () => {
        client.destroy();
        upstream.destroy();
      };
      for (const socket of [client, upstream]) socket.on("error", end);
      // What was said before one side closed still arrives at the other.
      for (const socket of [client, upstream]) socket.on("close", () => setTimeout(end, delayMs * 2));
    }, 3 * delayMs);
    client.on("error", () => clearTimeout(timer));
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1000 }, () => {
    const address = server.address();
    process.send?.({ port: typeof address === "object" && address ? address.port : 0 });
  });
});

/** One direction: each chunk leaves so long after it came, in its order; the end comes last. */
class Line {
  private readonly under: { at: number; chunk: Buffer | null }[] = [];
  private octets = 0;
  private timer: NodeJS.Timeout | null = null;
  private target: net.Socket | null = null;

  constructor(
    private readonly from: net.Socket,
    private readonly delayMs: number,
  ) {
    from.on("data", (chunk: Buffer) => this.enter(chunk));
    from.on("end", () => this.enter(null));
  }

  to(target: net.Socket): void {
    this.target = target;
    this.leave();
  }

  private enter(chunk: Buffer | null) {
    this.under.push({ at: now() + this.delayMs, chunk });
    this.octets += chunk?.length ?? 0;
    if (this.octets > mostOctets) this.from.pause();
    if (this.timer === null) this.leave();
  }

  private leave() {
    this.timer = null;
    const { target } = this;
    if (!target) return;
    for (let next = this.under[0]; next && next.at <= now(); next = this.under[0]) {
      this.under.shift();
      this.octets -= next.chunk?.length ?? 0;
      if (next.chunk === null) target.end();
      else if (!target.destroyed) target.write(next.chunk);
    }
    if (this.octets < mostOctets / 2) this.from.resume();
    const [next] = this.under;
    if (next) this.timer = setTimeout(() => this.leave(), Math.max(1, Math.ceil(next.at - now())));
  }
}
