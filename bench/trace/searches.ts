// Each kind of search that people do, many times with other words, by the functions that the pages call.
import { type MailFilter, nothingFound, searchMails } from "@/domain/message/search";
import { cursorOf } from "@/domain/message/search-ask";
import { traceMails } from "@/domain/message/trace";
import { understand } from "@/domain/message/understand";
import type { TenantScope } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { domain, domains, inbox, person, persons, type Random, rareWord, word, zipf } from "./words";

export interface Ground {
  db: Db;
  token: string;
  big: TenantScope;
  small: TenantScope;
  bigDomain: string;
  now: Date;
  /** Message-IDs that are there */
  ids: string[];
  /** where a page far behind begins */
  deep: { collectedAt: Date; seq: number };
}

const zone = "Europe/Berlin";
type Typed = (random: Random, ground: Ground) => string;

/** What is typed, by kind. */
const typed: Record<string, Typed> = {
  "nothing typed": () => "",
  "an address, whole": (random) => person(zipf(random, persons)).address,
  "an address, its beginning": (random) => person(Math.floor(random() * persons)).address.slice(0, 7),
  "an address, half typed": (random) => person(Math.floor(random() * persons)).address.replace(/\.example$/, ""),
  "a domain": (random) => `@${domain(zipf(random, domains))}`,
  "from: and to:": (random, { bigDomain }) =>
    `from:${person(zipf(random, persons)).address} to:${inbox(random)}@${bigDomain}`,
  "from: somebody who never wrote": (random) => `from:nobody.${Math.floor(random() * 1e6)}@nowhere.example`,
  "a frequent word": (random) => word(Math.floor(random() * 20)),
  "a word, neither frequent nor rare": (random) => word(200 + Math.floor(random() * 800)),
  "a rare word": (random) => word(20_000 + Math.floor(random() * 10_000)),
  "three letters of a word": (random) => word(Math.floor(random() * 2000)).slice(0, 3),
  "two frequent words, in any order": (random) =>
    `${word(Math.floor(random() * 40))} ${word(Math.floor(random() * 40))}`,
  "a frequent and a rare word": (random) => `info ${word(20_000 + Math.floor(random() * 10_000))}`,
  "four words": (random) => Array.from({ length: 4 }, () => word(zipf(random, 200))).join(" "),
  "a phrase": (random) => `"${word(Math.floor(random() * 30))} ${word(Math.floor(random() * 30))}"`,
  "a number in the subject": (random) => String(100_000 + Math.floor(random() * 900_000)),
  "a word that no mail has": (random) => `${rareWord(Math.floor(random() * 1e6))}qx`,
  "a Message-ID": (random, { ids }) => ids[Math.floor(random() * ids.length)] ?? "",
  "a Message-ID without its brackets": (random, { ids }) => (ids[Math.floor(random() * ids.length)] ?? "").slice(1, -1),
  "a Message-ID never seen": (random) => `<${Math.floor(random() * 1e9)}.never@seen.example>`,
  "last Tuesday": () => "last Tuesday",
  "a day months ago": (random) => day(random),
  "a day months ago and a frequent word": (random) => `${day(random)} ${word(Math.floor(random() * 20))}`,
  "a month and a rare word": (random) => `last month ${word(5000 + Math.floor(random() * 20_000))}`,
  BADMAIL: () => "badmail",
  held: () => "held",
  "merged, and a word": (random) => `merged ${word(zipf(random, 2000))}`,
  "BADMAIL, and a word": (random) => `badmail ${word(zipf(random, 2000))}`,
  "accepted, and an address": (random) => `accepted ${person(zipf(random, persons)).address}`,
};

function day(random: Random): string {
  const at = new Date(Date.UTC(2026, 0, 1) + Math.floor(random() * 250) * 86_400_000);
  return at.toISOString().slice(0, 10);
}

export interface Kind {
  name: string;
  run: (random: Random, ground: Ground) => Promise<Came>;
}

/** How many rows came, and whether the search ended before it had looked at all mail. */
export interface Came {
  rows: number;
  soFar: boolean;
}

const came = ({ rows, backTo }: { rows: unknown[]; backTo: Date | null }): Came => ({
  rows: rows.length,
  soFar: backTo !== null,
});

const filterOf = (text: string, now: Date): MailFilter => understand(text, now, zone);

export const kinds: Kind[] = [
  ...Object.entries(typed).flatMap(([name, type]): Kind[] => [
    {
      name: `one tenant: ${name}`,
      run: async (random, ground) => {
        const filter = filterOf(type(random, ground), ground.now);
        return came(await searchMails(ground.big, filter, zone));
      },
    },
    {
      name: `all tenants: ${name}`,
      run: async (random, ground) => {
        const filter = filterOf(type(random, ground), ground.now);
        return came(await traceMails(ground.db, ground.token, filter, zone));
      },
    },
  ]),
  {
    name: "one tenant: a page far behind",
    run: async (_random, { big, deep }) => came(await searchMails(big, { before: cursorOf(deep) }, zone)),
  },
  {
    name: "all tenants: a page far behind",
    run: async (_random, { db, token, deep }) => came(await traceMails(db, token, { before: cursorOf(deep) }, zone)),
  },
  {
    name: "a small tenant: a frequent word",
    run: async (random, { small, now }) =>
      came(await searchMails(small, filterOf(word(Math.floor(random() * 20)), now), zone)),
  },
  {
    name: "a small tenant: a word that is frequent elsewhere, and a rare one",
    run: async (random, { small, now }) =>
      came(await searchMails(small, filterOf(`invoice ${word(9000 + Math.floor(random() * 20_000))}`, now), zone)),
  },
  {
    name: "one tenant: what an empty list says",
    run: async (random, { big, now }) => {
      const { hidden } = await nothingFound(big, filterOf(`${rareWord(Math.floor(random() * 1e6))}qx`, now), zone);
      return { rows: hidden ?? 0, soFar: hidden === null };
    },
  },
];
