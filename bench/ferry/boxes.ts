// Whose mailboxes and servers a scenario has.
import type { Scenario } from "./scenarios";

export interface Box {
  user: string;
  /** its company's name for machines, and the first word of its domain */
  company: string;
  address: string;
  /** which of the servers its company has */
  server: number;
  /** that server never answers */
  silent: boolean;
}

type Shape = Pick<Scenario, "mailboxes" | "perCompany" | "servers" | "silent">;

export function boxesOf({ mailboxes, perCompany, servers, silent }: Shape): Box[] {
  const deaf = silent ? Math.floor(servers / 2) : null;
  return Array.from({ length: mailboxes }, (_, n) => {
    const company = Math.floor(n / perCompany);
    const slug = mailboxes > perCompany ? `contoso${company + 1}` : "contoso";
    const user = `box${n + 1}`;
    const server = company % servers;
    return { user, company: slug, address: `${user}@${slug}.example`, server, silent: server === deaf };
  });
}

/** Mails that are put into these mailboxes together, in turn. */
export interface Portion {
  boxes: Box[];
  count: number;
}

/** What lies there from the beginning, and what comes while Mailferry runs. */
export function portionsOf({ kind, mails, backlog }: Scenario, boxes: Box[]): { first: Portion; later: Portion } {
  if (kind !== "backlog") return { first: { boxes, count: mails }, later: { boxes: [], count: 0 } };
  const [big, ...others] = boxes;
  return {
    first: { boxes: big ? [big] : [], count: backlog },
    later: { boxes: others, count: mails - backlog },
  };
}
