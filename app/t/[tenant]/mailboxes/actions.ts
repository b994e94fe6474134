// The doors of the mailbox pages.
"use server";
import { z } from "zod";
import { tenantAction } from "@/app/_server/action";
import { told } from "@/app/_server/many";
import { sessionToken } from "@/app/_server/scope";
import { mailboxAsksFresh } from "@/domain/mailbox/asks-fresh";
import { saveOrAsk } from "@/domain/mailbox/elsewhere";
import { changeEach } from "@/domain/mailbox/many";
import { mailboxEdit } from "@/domain/mailbox/schema";
import { setUpParts } from "@/domain/mailbox/setting-up";
import { startImported } from "@/domain/mailbox/stopped";
import { removeMailbox } from "@/domain/mailbox/store-remove";
import {
  collectNow as collect,
  collectTheseToo,
  pauseMailbox,
  resumeMailbox,
  startMailbox,
  tryBadAgain as tryBad,
} from "@/domain/mailbox/store-run";
import { saveMailbox } from "@/domain/mailbox/store-write";
import { askProbe, stopProbe } from "@/domain/probe/ask";
import { askLooks } from "@/domain/probe/ask-looks";

const one = z.strictObject({ id: z.uuid() });
const edited = z.strictObject({
  /** null: a new mailbox */
  id: z.uuid().nullable(),
  edit: mailboxEdit,
});

/** Asks first when the change would collect or delete what is there now, or another company collects there too. */
export const save = tenantAction(
  "mailbox.edit",
  edited.extend({
    confirmed: z.boolean(),
    /** the step of the setting up that is saved; absent: the whole form */
    part: z.enum(setUpParts).optional(),
  }),
  async ({ scope, now }, { id, edit, confirmed, part }) => {
    if (!confirmed) return saveOrAsk(scope, id, edit, { token: (await sessionToken()) ?? "", now, part });
    const written = await saveMailbox(scope, id, edit, now, part);
    return { saved: true, id: written.id, version: written.version } as const;
  },
  { fresh: ({ scope }, { id, edit }) => mailboxAsksFresh(scope, id, edit) },
);

/** Who may test what is decided by comparing with what is stored: see askProbe. */
export const test = tenantAction("mailbox.test-saved", edited, ({ scope, role }, { id, edit }) => {
  const { password, version: _version, ...settings } = edit;
  return askProbe(scope, role, { kind: "mailbox", mailboxId: id, settings, password });
});

export const stopTest = tenantAction("mailbox.test-saved", one, ({ scope }, { id }) => stopProbe(scope, id));

export const collectNow = tenantAction("mailbox.run", one, ({ scope }, { id }) => collect(scope, id));

export const pause = tenantAction("mailbox.run", one, ({ scope }, { id }) => pauseMailbox(scope, id));

export const resume = tenantAction("mailbox.run", one, ({ scope }, { id }) => resumeMailbox(scope, id));

/** Ends a stop. */
export const start = tenantAction("mailbox.run", one, ({ scope }, { id }) => startMailbox(scope, id));

/** Several at once, as the list showed them. */
export const runMany = tenantAction(
  "mailbox.run",
  z.strictObject({
    items: z
      .array(z.strictObject({ id: z.uuid(), version: z.number().int() }))
      .min(1)
      .max(500),
    what: z.enum(["pause", "start"]),
  }),
  async ({ scope, now }, { items, what }) =>
    told(await changeEach(() => scope, items, { do: what }, { named: "", now }), "mailboxes of a tenant"),
);

export const collectLeftOut = tenantAction(
  "mailbox.run",
  one.extend({ ids: z.array(z.number().int().positive()).max(10_000).optional() }),
  ({ scope }, { id, ids }) => collectTheseToo(scope, id, ids),
);

export const tryBadAgain = tenantAction("mailbox.run", one, ({ scope }, { id }) => tryBad(scope, id));

/** How much is in each mailbox that an import stopped. */
export const lookIntoStopped = tenantAction("mailbox.test-saved", z.strictObject({}), ({ scope }) => askLooks(scope));

/** Those that the page showed when it was confirmed. */
export const startStopped = tenantAction(
  "mailbox.run",
  z.strictObject({ ids: z.array(z.uuid()).min(1, "No mailbox was chosen.").max(1000) }),
  ({ scope }, { ids }) => startImported(scope, ids),
);

export const remove = tenantAction("mailbox.edit", one, ({ scope }, { id }) => removeMailbox(scope, id));
