// A link within the portal: an anchor and no more, so that a list of hundreds costs the browser nothing. SoftLinks goes where it
// leads without loading everything anew.
import type { ComponentProps } from "react";

interface Props extends Omit<ComponentProps<"a">, "href" | "target" | "download"> {
  /** within the portal */
  href: string;
  /** false: the page stays where it is scrolled to */
  scroll?: false;
  /** fetched before the press; for pages that take newer facts in as long as nothing is typed */
  ahead?: boolean | undefined;
}

export const SoftLink = ({ scroll, ahead, ...rest }: Props) => (
  <a data-soft={scroll === false ? "in-place" : ""} data-ahead={ahead ? "" : undefined} {...rest} />
);
