// How many were found, for ears: eyes see the list change while they type.
export const Found = ({ rows, more }: { rows: number; more: boolean }) => (
  <p role="status" className="sr-only">
    {rows === 0
      ? `No mail found${more ? " so far" : ""}`
      : `${rows} ${rows === 1 ? "mail" : "mails"}${more ? " and more" : ""} found`}
  </p>
);
