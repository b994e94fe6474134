// What a mailbox test found, read from its lines.
import type { ProbeSeen } from "@/app/_ui/use-probe";
import type { PreviewCount, PreviewRow } from "@/domain/probe/schema";

export interface Found {
  count: PreviewCount | null;
  rows: PreviewRow[];
  /** the server has no UIDL or no TOP: only `all` can be offered */
  onlyAll: boolean;
}

/** The worker wrote these facts through the types of domain/probe/schema. */
export function foundBy(seen: ProbeSeen | null): Found {
  const lines = seen?.lines ?? [];
  const count = lines.find((line) => line.kind === "count")?.facts as unknown as PreviewCount | undefined;
  const rows = lines.filter((line) => line.kind === "preview").map((line) => line.facts as unknown as PreviewRow);
  const verdict = seen?.verdict;
  const onlyAll =
    verdict?.facts.uidsUsable === false ||
    verdict?.facts.canPeek === false ||
    (!verdict?.ok && verdict?.field === "start");
  return { count: count ?? null, rows, onlyAll };
}
