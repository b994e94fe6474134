// Certificates that a rule checks, and that end soon: then the mailbox can't be collected, or the server takes no mail. One
// that is pinned or not checked goes on beyond its end.
import { mailWords } from "@/domain/mail-words";
import type { MailboxRow } from "@/domain/mailbox/store";
import { atOrOn } from "@/domain/when-words";
import type { LaneFacts } from "./facts";
import type { Said, Say } from "./flow";

export const warnDays = 14;

/** The end of a certificate that `system` checks; null: it has none that matters. */
export function endOf(rule: string, facts: unknown): Date | null {
  if (rule !== "system" || facts === null || typeof facts !== "object" || !("validTo" in facts)) return null;
  const end = new Date(String(facts.validTo));
  return Number.isNaN(end.getTime()) ? null : end;
}

interface Given {
  lane: LaneFacts | null;
  mailboxes: MailboxRow[];
  waiting: number;
}

export function endingCertificates(
  { lane, mailboxes, waiting }: Given,
  say: Say,
  now: Date,
): (Said & { id: string })[] {
  const soon = (end: Date | null): end is Date => end !== null && end.getTime() - now.getTime() < warnDays * 86_400_000;
  const said = (id: string, whose: string, end: Date, then: [before: string, after: string], page: string) => ({
    id,
    state: "needs" as const,
    title: `The certificate of ${whose} ${end <= now ? "ended" : "ends"} ${atOrOn(say.clock(end))}.`,
    detail: end <= now ? then[1] : then[0],
    remedy: { do: "open" as const, page, label: "Look at it" },
  });
  const end = lane?.certificateEnds ?? null;
  return [
    ...(lane && soon(end)
      ? [
          said(
            "server",
            lane.host,
            end,
            [
              `If it isn’t renewed on the server, delivery stops then${waiting > 0 ? `; ${mailWords(waiting)} would wait` : " and mail waits here"}.`,
              `Unless it was renewed meanwhile, delivery stops with the next connection${waiting > 0 ? `; ${mailWords(waiting)} would wait` : " and mail waits here"}. Renew it on the server, then test the settings.`,
            ],
            "exchange",
          ),
        ]
      : []),
    ...mailboxes.flatMap((box) => {
      const ends = endOf(box.settings.certificate, box.certificate);
      if (box.state !== "active" || !soon(ends)) return [];
      const where = `${box.settings.host}, where mailbox “${box.settings.name}” is collected,`;
      return [
        said(
          box.id,
          where,
          ends,
          [
            "If its provider doesn’t renew it, collecting stops then.",
            "Unless its provider renewed it meanwhile, the next look into the mailbox fails. Test it, and ask the provider.",
          ],
          `mailboxes/${box.id}`,
        ),
      ];
    }),
  ];
}
