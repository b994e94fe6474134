// Two people saved the same thing: who and when, where the two versions differ, and the two ways on.
import { Button } from "./button";
import { longTime } from "./time";

export interface Difference {
  field: string;
  theirs: string;
  mine: string;
}

interface Props {
  /** "page", "rule" */
  what: string;
  conflict: { by: string; at: string };
  zone: string;
  fault: string;
  /** null: their version was not read yet */
  differing: Difference[] | null;
  onTheirs: () => void;
  onMine: () => void;
}

/** Said when asking for the other version failed. */
export const unreadable = "The other version can't be read right now. Nothing is lost: try to save again.";

export function Conflict({ what, conflict, zone, fault, differing, onTheirs, onMine }: Props) {
  return (
    <div role="alert" className="mb-6 rounded-md bg-needs-soft px-4 py-3">
      <p className="font-medium">
        <span aria-hidden className="mr-2 text-[12px] text-needs">
          ▲
        </span>
        {conflict.by || "Somebody"} saved this {what} on {longTime(conflict.at, zone)}. Nothing of yours was saved yet.
      </p>
      {fault && <p className="mt-1 text-soft">{fault}</p>}
      {differing && (
        <>
          <table className="mt-3 w-full text-left text-table">
            <caption className="sr-only">Where the two versions differ</caption>
            <thead>
              <tr className="text-soft">
                <th className="py-1 pr-3 font-medium">Field</th>
                <th className="py-1 pr-3 font-medium">Theirs</th>
                <th className="py-1 font-medium">Yours</th>
              </tr>
            </thead>
            <tbody>
              {differing.map(({ field, theirs, mine }) => (
                <tr key={field} className="border-line border-t align-top">
                  <td className="py-1 pr-3">{field}</td>
                  <td className="py-1 pr-3 [overflow-wrap:anywhere]">{theirs}</td>
                  <td className="py-1 [overflow-wrap:anywhere]">{mine}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {differing.length === 0 && <p className="text-soft">Both versions say the same.</p>}
          <div className="mt-3 flex flex-wrap gap-2">
            <Button size="small" onClick={onTheirs}>
              Take theirs
            </Button>
            <Button size="small" kind="danger" onClick={onMine}>
              Overwrite with mine
            </Button>
          </div>
        </>
      )}
    </div>
  );
}
