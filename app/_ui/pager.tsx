// From page to page by key, never by number: rows that arrive meanwhile shift nothing.
import { ButtonLink } from "./button-link";

export function Pager({ newer, older }: { newer?: string | undefined; older?: string | undefined }) {
  if (!newer && !older) return null;
  return (
    <nav aria-label="Pages" className="mt-4 flex justify-between gap-2">
      {newer ? (
        <ButtonLink href={newer} size="small">
          Back to the newest
        </ButtonLink>
      ) : (
        <span />
      )}
      {older && (
        <ButtonLink href={older} size="small">
          Older
        </ButtonLink>
      )}
    </nav>
  );
}
