// Fail points: named places where a test makes this worker crash, stall or throw. Each committed door of a mail's journey has
// one before and one after. Without MAILFERRY_FAILPOINTS they are nothing at all.
import { Refusal } from "@/lib/errors";

export const failPointNames = [
  /** a mail was read to its end; nothing of it is committed. Detail: subject and hash */
  "fetched",
  /** around the commit that makes fetched mails ours */
  "intake.before",
  "intake.after",
  /** before DELE; between DELE and QUIT (or UID EXPUNGE); after their success, which is not written down yet */
  "delete.before",
  "quit.before",
  "quit.after",
  /** around the commit that gives received mails their recipients */
  "route.before",
  "route.after",
  /** a mail is leased to this worker. Detail: subject */
  "claim.after",
  /** around the commit before the final dot */
  "dot-pending.before",
  "dot-pending.after",
  /** the server's answer is here; nothing of it is written. And: all of it is */
  "outcome.before",
  "outcome.after",
  /** around the commit that makes a notice a mail in the queue */
  "notice.before",
  "notice.after",
] as const;
export type FailPointName = (typeof failPointNames)[number];

interface Rule {
  name: FailPointName;
  act: "crash" | "stall" | "throw";
  stallMs: number;
  /** only the N-th pass of this process */
  only: number | null;
  /** how many of a hundred passes */
  percent: number | null;
  /** only where the detail has this text in it */
  text: string | null;
  passes: number;
}

const grammar = /^([a-z.-]+)=(crash|throw|stall:(\d+))(?:@(\d+))?(?:%(\d+))?(?:~(.+))?$/;

/**
 * `name=crash`, `name=throw`, `name=stall:MS`; then `@N` for the N-th pass only, `%P` for P of a hundred passes, `~TEXT` for
 * mail with that text in its subject or hash. Several are separated by commas. Throws Refusal for what it can't read.
 */
export function parseFailPoints(text: string): Rule[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [, given = "", act = "", ms, only, percent, detail] = grammar.exec(part) ?? [];
      const name = failPointNames.find((one) => one === given);
      if (!name)
        throw new Refusal(
          `MAILFERRY_FAILPOINTS: “${part}” is no fail point. Write NAME=crash, NAME=throw or NAME=stall:MS, with NAME one of ${failPointNames.join(", ")}.`,
        );
      return {
        name,
        act: act === "crash" || act === "throw" ? act : "stall",
        stallMs: Number(ms ?? 0),
        only: only ? Number(only) : null,
        percent: percent ? Number(percent) : null,
        text: detail ?? null,
        passes: 0,
      };
    });
}

const rules = parseFailPoints(process.env.MAILFERRY_FAILPOINTS ?? "");

/** Names this place. Awaited everywhere, so that a stall holds up what comes after it and nothing else. */
export async function failPoint(name: FailPointName, detail = ""): Promise<void> {
  for (const rule of rules) {
    if (rule.name !== name || (rule.text !== null && !detail.includes(rule.text))) continue;
    rule.passes += 1;
    if (rule.only !== null && rule.passes !== rule.only) continue;
    if (rule.percent !== null && Math.random() * 100 >= rule.percent) continue;
    await act(rule);
  }
}

async function act({ act, name, stallMs }: Rule): Promise<void> {
  if (act === "throw") throw new Error(`fail point ${name}`);
  if (act === "crash") process.kill(process.pid, "SIGKILL");
  // After its own SIGKILL a process may run a moment longer: it must not get past this line.
  await new Promise((done) => setTimeout(done, act === "crash" ? 60_000 : stallMs));
}
