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

/** Undefined rather than empty: an attribute less in each cell. */
export const classes = (...given: (string | false | undefined)[]): string | undefined =>
  given.filter(Boolean).join(" ") || undefined;

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
    <table className="rows w-full border-collapse text-table max-md:block">
      <caption className="sr-only">{caption}</caption>
      <thead className="max-md:sr-only">
        <tr className="border-n5 border-b">
          {columns.map((column) => (
            <th key={column.key} scope="col" className={classes(column.align && "text-right", column.width)}>
              {column.quiet ? <span className="sr-only">{column.head}</span> : column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-md:block">
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column) => (
              <td key={column.key} data-figure={column.align && ""} data-wide={column.wideOnly && ""}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
