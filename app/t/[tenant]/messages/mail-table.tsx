// Mails as a dense table that never jumps: fixed columns, one line each; two lines per mail on small screens. The whole row
// leads to the mail.
import type { ReactNode } from "react";
import { SoftLink } from "@/app/_ui/soft-link";
import { classes } from "@/app/_ui/table";

export interface MailColumn<Row> {
  key: string;
  head: string;
  cell: (row: Row) => ReactNode;
  /** all of what the cell has no room for */
  title?: (row: Row) => string;
  /** a Tailwind width; the columns without one share the rest */
  width?: string;
  align?: "right";
  className?: string;
  /** where it stands on small screens, which leave the others out: before the link (a state without its word), or behind it */
  small?: "mark" | "time";
  /** no head is drawn (but read out) */
  quiet?: boolean;
}

interface Props<Row> {
  /** read out, not drawn */
  caption: string;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  href: (row: Row) => string;
  /** the link's words: what the mail is about */
  title: (row: Row) => string;
  /** which column holds the link */
  linkIn: string;
  columns: readonly MailColumn<Row>[];
  /** on small screens, the line below the link */
  below: (row: Row) => ReactNode;
}

export function MailTable<Row>({ caption, rows, rowKey, columns, below, ...link }: Props<Row>) {
  return (
    <table className="mails w-full table-fixed border-collapse text-table max-md:block">
      <caption className="sr-only">{caption}</caption>
      <thead className="max-md:hidden">
        <tr className="border-n5 border-b">
          {columns.map(({ key, head, width, align, className, quiet }) => (
            <th key={key} scope="col" className={classes(align && "text-right", width, className)}>
              {quiet ? <span className="sr-only">{head}</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-md:block">
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map(({ key, cell, title, align, className, small }) => (
              <td
                key={key}
                title={title?.(row) || undefined}
                data-small={key === link.linkIn ? "link" : small}
                className={classes(align && "tabular text-right", className)}
              >
                {key === link.linkIn ? <TitleLink row={row} {...link} /> : cell(row)}
              </td>
            ))}
            <td data-small="below">{below(row)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const TitleLink = <Row,>({ row, href, title }: { row: Row } & Pick<Props<Row>, "href" | "title">) => (
  <SoftLink href={href(row)} data-row title={title(row)}>
    {title(row)}
  </SoftLink>
);
