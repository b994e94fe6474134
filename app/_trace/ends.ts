// Who a mail is from and to, in the width of a column.
import type { MailRow } from "@/domain/message/search";

export const fromOf = (row: Pick<MailRow, "sender" | "from">): string => row.sender || row.from || "<>";

export const toOf = ({ recipients, recipientCount }: Pick<MailRow, "recipients" | "recipientCount">): string =>
  recipientCount === 0
    ? "nobody yet"
    : `${recipients[0]}${recipientCount > 1 ? ` and ${recipientCount - 1} more` : ""}`;
