// Kinds of notices as this page calls them.
import { type NoticeKind, noticeKinds } from "@/domain/notice/wanted";
import type { ProbeVerdict } from "@/domain/probe/schema";

export const kindNames: Record<NoticeKind, string> = {
  spam: "refused as spam",
  "unknown-recipient": "unknown addresses",
  badmail: "other mail in BADMAIL",
  held: "held mail",
  collecting: "collecting stopped or works again",
  relay: "domains that Exchange does not take",
  retention: "mail that a period will delete",
};

export const kindsInWords = (kinds: readonly NoticeKind[]): string =>
  kinds.length === noticeKinds.length ? "everything" : kinds.map((kind) => kindNames[kind]).join(", ");

/**
 * A worker of a version that knows of no others tests the postmaster alone, and then its verdict does not say how many it
 * tried. Newer ones name whom they did not try.
 */
export const untriedWords = (verdict: ProbeVerdict | null | undefined, others: number): string =>
  verdict?.ok && others > 0 && typeof verdict.facts.receiversTried !== "number"
    ? `Only the postmaster was tested: the worker that ran this is of a version that tests nobody else, so ${others === 1 ? "the other was" : `the ${others.toLocaleString("en")} others were`} not tried. Update the workers, then send it again.`
    : "";
