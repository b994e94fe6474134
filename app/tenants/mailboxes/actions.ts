// Mailboxes of all tenants: what a change would do, the change in parts, and the way back. The platform's door lets in, and
// then each tenant's own: without its scope nothing is read or written.
"use server";
import { z } from "zod";
import { platformAction } from "@/app/_server/action";
import { sessionToken } from "@/app/_server/auth";
import { line } from "@/domain/configured";
import { everyFilter, everyMailbox } from "@/domain/mailbox/every";
import { chosen, manyChange, mostAtOnce, type NewSettings, newSettings, seen } from "@/domain/mailbox/many-schema";
import { perPart } from "@/domain/mailbox/per-part";
import { notePasswordsMoved } from "@/domain/platform/audit";
import { Refusal } from "@/lib/errors";
import { planEach, writeEach } from "./each";
import { noted } from "./note";

const tooMany = (n: number) =>
  `${n.toLocaleString("en")} mailboxes fit, and at most ${mostAtOnce.toLocaleString("en")} are changed at a time: narrow the filter.`;

const target = z.union([
  z.strictObject({ chosen: z.array(chosen).min(1).max(mostAtOnce) }),
  z.strictObject({ filter: everyFilter }),
]);

/** What would change, line by line. Of all that fit a filter, or of those chosen. */
export const plan = platformAction(
  "platform.mailbox-run",
  z.strictObject({ target, change: manyChange }),
  async ({ scope }, given) => {
    const token = (await sessionToken()) ?? "";
    if ("chosen" in given.target) return planEach(given.target.chosen, given.change);
    const { rows, matching } = await everyMailbox(scope.db, token, given.target.filter, null, mostAtOnce);
    if (matching > mostAtOnce) throw new Refusal(tooMany(matching));
    return planEach(rows, given.change);
  },
  { reads: true },
);

const items = z.array(seen).min(1).max(perPart);

export const run = platformAction(
  "platform.mailbox-run",
  z.strictObject({ items, change: z.strictObject({ do: z.enum(["pause", "start"]) }) }),
  ({ now }, given) => writeEach(given.items, "mailbox.run", given.change, { named: "", now }),
);

const moves = ({ host, port, tls, certificate }: NewSettings): boolean =>
  [host, port, tls, certificate].some((value) => value !== undefined);

/** `named`: the host that stored passwords may go along to, as the person typed it. */
export const edit = platformAction(
  "platform.mailbox-edit",
  z.strictObject({ items, settings: newSettings, named: line("Host", 253) }),
  async ({ scope, now }, { items: wanted, settings, named }) => {
    const host = named.toLowerCase();
    const written = await writeEach(wanted, "mailbox.edit", { do: "settings", settings }, { named: host, now });
    return noted(written, () => notePasswordsMoved(scope, host, written.along));
  },
  { fresh: (_door, { settings }) => moves(settings) },
);

export const changeBack = platformAction(
  "platform.mailbox-edit",
  z.strictObject({ items }),
  ({ now }, given) => writeEach(given.items, "mailbox.edit", "back", { named: "", now }),
  { fresh: true },
);
