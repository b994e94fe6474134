// Below a list of mails: how far back it was searched, and the ways on.
import type { Asked } from "@/app/_trace/asked";
import { Pager } from "@/app/_ui/pager";
import { SoFar } from "./so-far";

interface Props {
  asked: Asked;
  found: { rows: unknown[]; older: string | null; backTo: Date | null } | null;
  zone: string;
  now: Date;
}

export function Turn({ asked, found, zone, now }: Props) {
  const { rows = [], older = null, backTo = null } = found ?? {};
  const none = backTo && rows.length === 0 && !asked.newerFits ? "on" : undefined;
  return (
    <>
      {backTo && <SoFar asked={asked} rows={rows.length} backTo={backTo} zone={zone} now={now} />}
      <Pager
        newer={asked.filter.before ? asked.to({}) : undefined}
        older={older ? asked.to({ before: older, none }) : undefined}
        olderWords={backTo ? "Search further back" : "Older"}
      />
    </>
  );
}
