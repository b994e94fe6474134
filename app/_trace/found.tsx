// How many were found, for ears: eyes see the list change while they type.
import type { Asked } from "./asked";

interface Props {
  asked: Asked;
  found: { rows: unknown[]; older: string | null; backTo: Date | null };
}

export function Found({ asked, found: { rows, older, backTo } }: Props) {
  const none = asked.newerFits ? "No older mail found" : "No mail found";
  const some = `${rows.length} ${rows.length === 1 ? "mail" : "mails"}${older && !backTo ? " and more" : ""} found`;
  return (
    <p role="status" className="sr-only">
      {rows.length === 0 ? none : some}
      {backTo && " so far"}
    </p>
  );
}
