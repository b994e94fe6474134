// What the queue's transactions do to a row of the model, each as its namesake in domain/message does it.
import { lostAnswers, silentClaims } from "@/domain/message/recover";
import type { Mail, Row, Settings } from "./world";
import { placeOfRow } from "./world";

/** domain/message/place.ts, settlePlace: nothing of it waits any more, or something waits again. */
export function settled(row: Row): Row {
  if (placeOfRow(row) !== "waiting") return { ...row, state: "settled" };
  return row.state === "settled" ? { ...row, state: "ready" } : row;
}

const freed = { token: null, over: false, dotPending: false } as const;

/** Given back, deferred or decided: the lease ends, and a word was heard. */
export const givenBack = (row: Row): Row => settled({ ...row, ...freed, state: "ready", claims: 0 });

export const held = (row: Row, reason: Row["reason"]): Row =>
  settled({
    ...row,
    ...freed,
    state: "settled",
    claims: 0,
    ...(row.recipient === "waiting" ? { recipient: "held" as const, reason } : {}),
  });

/** The answer to the dot was lost: wait, or a person decides. */
export function uncertain(mail: Mail, row: Row, settings: Settings): Mail {
  const uncertainCount = row.uncertainCount + 1;
  const waits: Row = { ...row, ...freed, state: "uncertain", claims: 0, uncertainCount };
  const enough = uncertainCount >= lostAnswers && settings.without !== "third-lost-held";
  const hold = settings.uncertain === "hold" || enough;
  return { ...mail, lost: mail.lost + 1, row: hold ? held(waits, "answer-lost") : waits };
}

/** Its worker is silent, and the lease is over. */
export function recovered(mail: Mail, row: Row, settings: Settings): Mail {
  if (row.dotPending) return uncertain(mail, row, settings);
  if (row.claims >= silentClaims) return { ...mail, row: held(row, "kills-worker") };
  return { ...mail, row: { ...row, ...freed, state: "ready" } };
}

/** A 250 is written whoever has the lease, unless somebody decided about the recipient meanwhile. */
export function delivered(row: Row): Row {
  const open = row.recipient === "waiting" || (row.recipient === "held" && row.reason === "answer-lost");
  return open ? { ...row, recipient: "delivered", reason: "" } : row;
}

/**
 * domain/message/outcome-late.ts: a 250 of a worker that had lost its lease. Where no dot was announced since, nothing is
 * uncertain any more, and a mark for a copy that won't be made is taken back. Else who sends it now settles it.
 */
export function late(row: Row, overtaken: boolean): Row {
  const noted = delivered(row);
  if (row.state === "settled") return settled(noted);
  const free = !row.dotPending && !overtaken;
  if (!free) return row.state === "sending" ? noted : settled(noted);
  const marks = row.state === "uncertain" ? 0 : 1;
  return settled({
    ...noted,
    ...freed,
    state: "ready",
    claims: 0,
    uncertainCount: Math.max(0, row.uncertainCount - 1),
    possibleCopies: Math.max(0, row.possibleCopies - marks),
  });
}

export const badmail = (row: Row): Row =>
  row.recipient === "waiting" ? { ...row, recipient: "badmail", reason: "refused" } : row;

/** A person sends it again: what Exchange may have already is marked. */
export function released(row: Row): Row {
  const again = row.reason === "answer-lost" ? 1 : 0;
  return settled({
    ...row,
    recipient: "waiting",
    own: "waiting",
    reason: "",
    claims: 0,
    uncertainCount: 0,
    possibleCopies: row.possibleCopies + again,
  });
}
