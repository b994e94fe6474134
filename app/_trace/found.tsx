// How many were found, for ears: eyes see the list change while they type.
interface Props {
  rows: number;
  more: boolean;
  /** older mail was not searched yet */
  soFar: boolean;
}

export const Found = ({ rows, more, soFar }: Props) => (
  <p role="status" className="sr-only">
    {rows === 0
      ? "No mail found"
      : `${rows} ${rows === 1 ? "mail" : "mails"}${more && !soFar ? " and more" : ""} found`}
    {soFar && " so far"}
  </p>
);
