// JSON lines on standard error; pretty on a terminal. One wide event per step, ids and durations, no bodies, no secrets.
import pino, { type Logger } from "pino";

export type { Logger };

/** Names under which a secret could slip into an event; pino blanks them. */
const secrets = ["password", "*.password", "token", "*.token", "secret", "*.secret", "sealed", "*.sealed"];

export function makeLog(name: string): Logger {
  const options = { name, level: process.env.MAILFERRY_LOG || "info", redact: { paths: secrets, censor: "…" } };
  if (process.stderr.isTTY && process.env.NODE_ENV !== "production") {
    try {
      return pino({ ...options, transport: { target: "pino-pretty", options: { destination: 2 } } });
    } catch {
      // pino-pretty is a development dependency: without it the lines stay JSON.
    }
  }
  return pino(options, pino.destination(2));
}
