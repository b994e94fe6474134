// Kinds of notices as this page calls them.
import { type NoticeKind, noticeKinds } from "@/domain/notice/wanted";

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
