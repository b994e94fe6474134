// What came of a test notice for each who is told beside the postmaster: none of it says anything about the settings.

/** `unclear`: put off, or the answer was lost, so that it may have arrived. */
export type ReceiverFate = "untried" | "taken" | "refused" | "unclear";

export class Receivers {
  private readonly fates: Map<string, ReceiverFate>;

  constructor(addresses: readonly string[]) {
    this.fates = new Map(addresses.map((address) => [address, "untried"]));
  }

  became(address: string, fate: ReceiverFate): void {
    this.fates.set(address, fate);
  }

  get tried(): number {
    return this.fates.size - this.of("untried").length;
  }

  /** Follows the verdict's own sentence; "" when all took it. */
  words(): string {
    const [refused, unclear, untried] = [this.of("refused"), this.of("unclear"), this.of("untried")];
    return [
      refused.length > 0
        ? ` But notices to ${refused.join(", ")} don't arrive: see above what Exchange said, make that mailbox there, or remove the address under Notices.`
        : "",
      unclear.length > 0
        ? ` Whether notices to ${unclear.join(", ")} arrive can't be told now: see above what came, and send a test notice again in some minutes.`
        : "",
      untried.length > 0
        ? ` The test ended before ${untried.join(", ")} ${untried.length === 1 ? "was" : "were"} tried: send a test notice again.`
        : "",
    ].join("");
  }

  private of(wanted: ReceiverFate): string[] {
    return [...this.fates].filter(([, fate]) => fate === wanted).map(([address]) => address);
  }
}
