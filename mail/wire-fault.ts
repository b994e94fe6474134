// How a connection fails, in words for people, and what they see of a conversation as it happens.
import type { CertificateFacts } from "./certificate";

/** What people see of a conversation, as it happens. Secrets never enter one. */
export interface WireEvent {
  kind: "step" | "sent" | "got" | "ok" | "fail" | "note" | "certificate";
  text: string;
  facts?: Record<string, unknown>;
}
export type OnWire = (event: WireEvent) => void;

export type WireFaultKind = "unreachable" | "timeout" | "cut" | "tls" | "certificate" | "protocol" | "aborted";

/** The connection failed, or the other side broke the protocol. `words` are the other side's or the system's own. */
export class WireFault extends Error {
  constructor(
    readonly kind: WireFaultKind,
    message: string,
    readonly certificate?: CertificateFacts,
  ) {
    super(message);
    this.name = "WireFault";
  }
}

export const stopped = () => new WireFault("aborted", "stopped");
export const seconds = (ms: number): string => `${ms < 1000 ? ms / 1000 : Math.round(ms / 1000)} s`;

export const systemWords = (error: NodeJS.ErrnoException): string => {
  const code = error.code ?? "";
  const words: Record<string, string> = {
    ECONNREFUSED: "the connection was refused",
    ECONNRESET: "the other side broke the connection",
    EPIPE: "the other side closed the connection",
    ETIMEDOUT: "no answer from that address",
    EHOSTUNREACH: "there is no way to that address",
    ENETUNREACH: "there is no way to that network",
    ERR_STREAM_DESTROYED: "the other side closed the connection",
  };
  return words[code] ?? (code || error.message).slice(0, 200);
};
