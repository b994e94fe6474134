// Promises broken on purpose: each of these changes to the code must make its row of the matrix fail, or the row shows nothing.
// `npm run chaos -- --mutations` applies one after another to a copy of the source and runs the row in its short form.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Change {
  file: string;
  /** stands there exactly once */
  find: string;
  replace: string;
}

export interface Mutation extends Change {
  promise: string;
  /** what has to be changed beside it, where the promise is kept in several places */
  also?: Change[];
  row: number;
}

const workersClock = `'$\{new Date().toISOString()}'::timestamptz`;

export const mutations: Mutation[] = [
  {
    promise: "a mail is deleted at its source only after it is committed here",
    file: "worker/session-take.ts",
    find: "  await flush(session, batch);\n}\n\nasync function take(",
    replace: `  await session.source.markDeleted(batch.wanted.map(({ mail }) => mail));
  await session.source.commit();
  await flush(session, batch);
}

async function take(`,
    row: 1,
  },
  {
    promise: "leases run on the database's clock",
    file: "domain/lane/recover.ts",
    find: "exchange_id = $2::uuid and lease_until < now()",
    replace: `exchange_id = $2::uuid and lease_until < ${workersClock}`,
    also: [
      {
        file: "domain/lane/recover.ts",
        find: "where s.lease_until < now() and l.site",
        replace: `where s.lease_until < ${workersClock} and l.site`,
      },
      {
        file: "domain/message/recover.ts",
        find: "or m.lease_until < now()) for update of m",
        replace: `or m.lease_until < ${workersClock}) for update of m`,
      },
    ],
    row: 13,
  },
  {
    promise: "`dot_pending` is committed before the final dot",
    file: "worker/carry.ts",
    find: "await markDotPending(scope.db, mail, carrier.writing.end());",
    replace: "await carrier.writing.end();",
    row: 6,
  },
  {
    promise: "what is sent again after a lost answer is marked first",
    file: "domain/message/recover.ts",
    find: "possible_copies = possible_copies + 1",
    replace: "possible_copies = possible_copies",
    row: 5,
  },
  {
    promise: "a lease is renewed while its mail is being sent",
    file: "worker/deliver.ts",
    find: "() => renewSlot(context.db, lane, hand.tokens).catch(() => {}),",
    replace: "() => {},",
    row: 7,
  },
  {
    promise: "after a mixed answer only those who were not served are tried again",
    file: "worker/outcome.ts",
    find: 'if (!reply) return { ...blank(recipient), place: "delivered",',
    replace: 'if (!reply) return { ...blank(recipient), place: result.refused.length > 0 ? "waiting" : "delivered",',
    row: 28,
  },
  {
    promise: "a deletion counts only after the answer to QUIT",
    file: "mail/pop3-session.ts",
    find: 'const answer = await this.talk.ask("QUIT");',
    replace: 'const answer = await this.talk.ask("QUIT").catch(() => ({ ok: true, code: "", text: "" }));',
    row: 3,
  },
  {
    promise: "the same refusal to five mails in a row stops the lane",
    file: "domain/lane/breaker.ts",
    find: "const refusalsInARow = 5;",
    replace: "const refusalsInARow = 5000;",
    row: 27,
  },
  {
    promise: "a loop is seen by our own trace",
    file: "worker/intake.ts",
    find: "if (own >= 3)",
    replace: "if (own >= 3000)",
    row: 29,
  },
  {
    promise: "a mail that ends three workers is set aside",
    file: "domain/message/recover.ts",
    find: "export const silentClaims = 3;",
    replace: "export const silentClaims = 3000;",
    row: 21,
  },
  {
    promise: "a pipelined mail without its dot takes nothing of the next",
    file: "mail/pop3-session.ts",
    find: "if (octets - lines <= mail.size) return;",
    replace: "return;",
    row: 20,
  },
  {
    promise: "after a renumbering mails are recognised by their bytes",
    file: "worker/session-known.ts",
    find: "if (match) return match;",
    replace: "",
    row: 15,
  },
  {
    promise: "one session with a mailbox, ever",
    file: "domain/mailbox/claim.ts",
    find: "           and (s.lease_until is null or s.lease_until <= now())\n         for update",
    replace: "         for update",
    also: [
      {
        file: "domain/mailbox/claim.ts",
        find: "           and (s.lease_until is null or s.lease_until <= now())\n           and s.tenant_id",
        replace: "           and s.tenant_id",
      },
    ],
    row: 32,
  },
  {
    promise: "a line that begins with a dot gets another one",
    file: "mail/dot-stuff.ts",
    find: "if (byte === dot && state.lineStart) insert(at, inserted.dot);",
    replace: "",
    row: 34,
  },
  {
    promise: "told to stop, a worker brings what is under way to its end",
    file: "worker/main.ts",
    find: "if (asked > 1) process.exit(1);",
    replace: "process.exit(1);",
    row: 33,
  },
];

export const changesOf = ({ file, find, replace, also = [] }: Mutation): Change[] => [{ file, find, replace }, ...also];

const parts = ["worker", "domain", "mail", "lib", "prisma", "package.json", "tsconfig.json"];

/** A copy of the source with the change in it; the caller removes it. Throws when the place is not there exactly once. */
export function mutated(mutation: Mutation): string {
  const folder = mkdtempSync(join(tmpdir(), "mailferry-mutation-"));
  for (const part of parts) cpSync(part, join(folder, part), { recursive: true });
  symlinkSync(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
  for (const { file, find, replace } of changesOf(mutation)) {
    const path = join(folder, file);
    writeFileSync(path, replaceOnce(readFileSync(path, "utf8"), find, replace));
  }
  return folder;
}

export function replaceOnce(text: string, find: string, replace: string): string {
  const count = text.split(find).length - 1;
  if (count !== 1) throw new Error(`“${find}” stands there ${count} times, not once`);
  return text.replace(find, () => replace);
}

export const removeMutated = (folder: string): void => rmSync(folder, { recursive: true, force: true });
