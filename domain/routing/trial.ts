// Trying rules: what routing itself would make of a mail, with what each rule said to it. Nothing is written, nothing sent.

import { readMailbox } from "@/domain/mailbox/store";
import { plain } from "@/domain/message/plain";
import { inTenant, sqlInTenant, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { Canonical } from "@/mail/canonical";
import { from, type Headers, parseHeaders } from "@/mail/headers";
import { routingFacts } from "./facts";
import { rowOf, ruleRows } from "./list";
import { type Decision, decideRoute } from "./route";
import type { RuleStep } from "./rules";
import type { Rule } from "./schema";
import { decisionFor, type RoutingMail, routingColumns } from "./store-mail";
import type { PastedMail, RuleDraft, TrialMail } from "./trial-schema";

export interface Trial {
  mail: { from: string; sender: string; subject: string; size: number; mailbox: string };
  /** in their order; `draft` is the one in the editor */
  rules: { rule: Rule; draft: boolean; step: RuleStep }[];
  decision: Decision;
  /** of its recipients only the first are in `decision` */
  recipients: number;
}

/** With the stored rules, or with the editor's in its place among them. */
export async function tryRules(scope: TenantScope, mail: TrialMail, draft?: RuleDraft): Promise<Trial> {
  const rules = await rulesWith(scope, draft);
  const list = rules.map((one) => one.rule);
  const { about, decision, steps } =
    mail.kind === "pasted" ? await ofPasted(scope, mail, list) : await ofCollected(scope, mail.mailId, list);
  return {
    mail: about,
    rules: rules.map((one, n) => ({ ...one, step: shortened(steps[n] ?? { did: "nobody" }) })),
    decision: { ...decision, recipients: decision.recipients.slice(0, mostShown) },
    recipients: decision.recipients.length,
  };
}

const mostShown = 200;
/** One more than a page names, so that it can say that there are others. */
const mostNamed = 6;

function shortened(step: RuleStep): RuleStep {
  switch (step.did) {
    case "acted":
      return { ...step, on: step.on.slice(0, mostNamed), became: step.became.slice(0, mostNamed) };
    case "other-recipient":
      return { ...step, open: step.open.slice(0, mostNamed) };
    case "unfit":
    case "too-late":
    case "nobody":
      return step;
  }
}

async function rulesWith(scope: TenantScope, draft?: RuleDraft): Promise<{ rule: Rule; draft: boolean }[]> {
  const stored = await inTenant(scope, async (tx) => (await ruleRows(tx, scope)).map(rowOf));
  const all = stored.map(({ id, rule }) => ({ id, rule, draft: false }));
  if (!draft) return all;
  const at = all.findIndex(({ id }) => id === draft.id);
  const others = all.filter((_, n) => n !== at);
  const place = draft.place ?? (at < 0 ? others.length : at);
  return [...others.slice(0, place), { rule: draft.rule, draft: true }, ...others.slice(place)];
}

interface Tried {
  about: Trial["mail"];
  decision: Decision;
  steps: RuleStep[];
}

async function ofPasted(scope: TenantScope, pasted: PastedMail, rules: Rule[]): Promise<Tried> {
  const mailbox = await readMailbox(scope, pasted.mailboxId);
  if (!mailbox) throw new Refusal("This mailbox is not there any more. Choose another one.");
  const { headers, size } = readPasted(pasted.text);
  const mail = {
    ...routingFacts(headers),
    size: pasted.size ?? size,
    mailbox: mailbox.settings.name,
    headers,
  };
  const steps: RuleStep[] = [];
  const decision = decideRoute(mail, mailbox.settings.recipients, rules, (step) => steps.push(step));
  const { headers: _read, ...facts } = mail;
  return { about: { ...facts, from: plain(from(headers), 320) }, decision, steps };
}

/** As intake reads what a mailbox gives it, but for empty lines that were copied along before it. */
export function readPasted(text: string): { headers: Headers; size: number } {
  const canonical = new Canonical();
  canonical.push(Buffer.from(text.replace(/^\s*\n/, "")));
  canonical.end();
  return { headers: parseHeaders(canonical.header ?? Buffer.alloc(0)), size: canonical.result().size };
}

interface Collected extends RoutingMail {
  kind: string;
  from: string;
}

async function ofCollected(scope: TenantScope, id: string, rules: Rule[]): Promise<Tried> {
  const [mail] = await sqlInTenant(scope, (sql) =>
    sql.query<Collected>(
      `select ${routingColumns}, m.kind, m.header_from as from from mail m
       left join mailbox x on x.tenant_id = m.tenant_id and x.id = m.mailbox_id
       where m.tenant_id = $1::uuid and m.id = $2::uuid and m.kind = 'collected'`,
      [scope.tenantId, id],
    ),
  );
  if (!mail) throw new Refusal("There is no such collected mail.");
  if (mail.header === null)
    throw new Refusal("Its headers are not kept any more, and rules read them. Choose a newer mail, or paste one.");
  const steps: RuleStep[] = [];
  const decision = decisionFor(mail, rules, (step) => steps.push(step));
  const { from: author, sender, subject, mailbox } = mail;
  const about = { from: author, sender, subject, size: Number(mail.size), mailbox: mailbox ?? "" };
  return { about, decision, steps };
}
