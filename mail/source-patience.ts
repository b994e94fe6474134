// How long a provider may keep a session waiting in all. Each answer has its own timeout, but one octet a minute would
// never exceed it and hold a slot of the worker for ever: so waiting uses patience up, and what comes gives it back.
import { SourceFault } from "./source";
import type { Wire } from "./wire";

/** Patience at the beginning, and at most, in timeouts. */
const timeouts = 3;
/** In the long run so many octets a second are enough: less than the slowest line that anybody still has. */
const octetsPerSecond = 250;
/** A whole answer, however short, is worth so much waiting. */
const answerMs = 10_000;

export class Patience {
  private left: number;
  private waitedMs = 0;
  private octets = 0;

  constructor(
    private readonly settings: { host: string; timeoutMs: number },
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.left = this.most;
  }

  /** One read of the wire. Ends the connection when patience is over, with what came so far. */
  async wait(wire: Pick<Wire, "destroy">, read: () => Promise<Buffer>): Promise<Buffer> {
    const began = this.clock();
    const data = await read();
    const took = this.clock() - began;
    this.waitedMs += took;
    this.octets += data.length;
    this.gain((data.length * 1000) / octetsPerSecond - took);
    if (this.left > 0) return data;
    wire.destroy();
    throw new SourceFault(
      "unreachable",
      `${this.settings.host} sends too slowly: ${this.octets} octets in ${Math.round(this.waitedMs / 1000)} s of waiting. Mailferry ended the session.`,
      "",
      { why: "slow" },
    );
  }

  answered(): void {
    this.gain(answerMs);
  }

  private gain(ms: number): void {
    this.left = Math.min(this.most, this.left + ms);
  }

  private get most(): number {
    return this.settings.timeoutMs * timeouts;
  }
}
