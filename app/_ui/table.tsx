// Dense tables: 36 px rows and lines instead of boxes; at 390 px each row becomes two lines (first cell above, the rest
// below), so that nothing scrolls sideways.
import type { ReactNode } from "react";

export interface ColumnOf<Row> {
  key: string;
  head: string;
  cell: (row: Row) => ReactNode;
  /** numbers stand at the right */
  align?: "right";
  /** a Tailwind width for the column on wide screens, e.g. "w-40" */
  width?: string;
  /** left out of the two-line row of small screens */
  wideOnly?: boolean;
  /** no head is drawn (but read out): for buttons at the end of a row */
  quiet?: boolean;
}

export function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
}: {
  /** read out, not drawn */
  caption: string;
  columns: readonly ColumnOf<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
}) {
  return (
    <table className="w-full border-collapse text-table max-md:block">
      <caption className="sr-only">{caption}</caption>
      <thead className="max-md:sr-only">
        <tr className="border-n5 border-b">
          {columns.map((column) => (
            <th
              key={column.key}
              scope="col"
              className={`h-9 px-2 font-medium text-soft first:pl-0 last:pr-0 ${column.align === "right" ? "text-right" : "text-left"} ${column.width ?? ""}`}
            >
              {column.quiet ? <span className="sr-only">{column.head}</span> : column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-md:block">
        {rows.map((row) => (
          <tr
            key={rowKey(row)}
            className="border-line border-b hover:bg-n2 max-md:flex max-md:flex-wrap max-md:items-baseline max-md:gap-x-2.5 max-md:gap-y-1 max-md:py-2.5"
          >
            {columns.map((column) => (
              <td
                key={column.key}
                className={`h-9 px-2 py-1.5 align-middle first:pl-0 last:pr-0 max-md:h-auto max-md:p-0 max-md:first:w-full max-md:first:text-body max-md:empty:hidden max-md:has-[>[data-zero]]:hidden ${
                  column.align === "right" ? "text-right tabular max-md:text-left" : ""
                } ${column.wideOnly ? "max-md:hidden" : ""}`}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
