// From page to page by key, never by number: rows that arrive meanwhile shift nothing.
import { ButtonLink } from "./button-link";

interface Props {
  newer?: string | undefined;
  older?: string | undefined;
  /** what leads on where it is more than the next page */
  olderWords?: string;
}

export function Pager({ newer, older, olderWords = "Older" }: Props) {
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
          {olderWords}
        </ButtonLink>
      )}
    </nav>
  );
}
