// Letter: mails invitations and password resets by the provider's own server, each at most once. The portal showed the link
// already, so a letter that may have been sent is given up rather than sent again.
import { composeLetter } from "@/domain/letter/compose";
import { letterContext } from "@/domain/letter/post";
import {
  claimLetter,
  type Letter,
  markFailed,
  markRefused,
  removeLetter,
  removeLetters,
  settleFailure,
} from "@/domain/letter/store";
import { mailFrom } from "@/domain/notice/sender";
import { readLink } from "@/domain/person/link";
import { wordsOf } from "@/lib/errors";
import { outgoing, surelyNotSent } from "./outgoing";
import type { Room, WorkerContext } from "./room";

const restMs = 5_000;

export const letterRoom: Room = {
  name: "letter",
  async step(context) {
    const { db, env, keys, stopping } = context;
    if (!env.smtpUrl || !env.url) {
      await removeLetters(db);
      return restMs;
    }
    while (!stopping.aborted) {
      const letter = await claimLetter(db, keys.keyIds);
      if (!letter) break;
      await handle(context, letter);
    }
    return restMs;
  },
};

async function handle(context: WorkerContext, letter: Letter): Promise<void> {
  const { db, log } = context;
  if (letter.cut) {
    await markFailed(db, letter, "The worker stopped while it sent the mail, so it may have arrived.");
    return;
  }
  const mail = await write(context, letter);
  if (!mail) {
    await removeLetter(db, letter.id);
    return;
  }
  const transport = outgoing(context.env);
  try {
    await transport.sendMail(mail);
  } catch (error) {
    const words = wordsOf(error);
    log.warn({ letter: letter.kind, tries: letter.tries, error: words }, "letter not sent");
    if (surelyNotSent(error)) await markRefused(db, letter, words);
    else await markFailed(db, letter, `The server did not answer, so it may have arrived: ${words}`);
    return;
  } finally {
    transport.close();
  }
  await removeLetter(db, letter.id);
  await settleFailure(db, letter.to);
  log.info({ letter: letter.kind }, "letter sent");
}

/** Null when the link was used, replaced or taken back meanwhile. What the portal wrote is checked: a link is one of ours. */
async function write({ db, env, keys, name, clock }: WorkerContext, letter: Letter) {
  const path = await keys.open(letter.keyId, letter.sealed, letterContext(letter.id)).catch(() => "");
  const token = /^\/invitation\/([\w-]+)$/.exec(path)?.[1] ?? "";
  const open = await readLink(db, token, clock());
  if (open?.email !== letter.to) return null;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const link = `${env.url}/invitation/${token}`;
  return {
    from: { name: "Mailferry", address: mailFrom(env.mailFrom, name) },
    to: { name: "", address: letter.to },
    ...composeLetter({ kind: letter.kind, url: env.url, link, until: open.expiresAt, zone }),
    headers: { "Auto-Submitted": "auto-generated" },
  };
}
