// Below a list of mails: how far back it was searched, and the ways on.
import type { Asked } from "@/app/_trace/asked";
import { Pager } from "@/app/_ui/pager";
import { furtherWords, SoFar } from "./so-far";

interface Props {
  asked: Asked;
  found: { rows: unknown[]; older: string | null; backTo: Date | null } | null;
  zone: string;
  now: Date;
}

export function Turn({ asked, found, zone, now }: Props) {
  const { rows = [], older = null, backTo = null } = found ?? {};
  const none = backTo && rows.length === 0 && !asked.newerFits ? "on" : undefined;
  const further = older ? asked.to({ before: older, none }) : undefined;
  const newer = asked.filter.before ? asked.to({}) : undefined;
  if (!backTo || !further) return <Pager newer={newer} older={further} />;
  return (
    <>
      <SoFar asked={asked} rows={rows.length} backTo={backTo} further={further} zone={zone} now={now} />
      <Pager newer={newer} older={rows.length > 0 ? further : undefined} olderWords={furtherWords} />
    </>
  );
}
