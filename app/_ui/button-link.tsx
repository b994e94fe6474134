// Links that look like buttons.
import type { ReactNode } from "react";
import { type Look, look } from "./button";
import { SoftLink } from "./soft-link";

export function ButtonLink({
  kind,
  size,
  className,
  href,
  children,
  download,
}: Look & { href: string; className?: string; children: ReactNode; download?: boolean }) {
  if (download)
    return (
      <a href={href} download className={look({ kind, size }, className)}>
        {children}
      </a>
    );
  return (
    <SoftLink href={href} className={look({ kind, size }, className)}>
      {children}
    </SoftLink>
  );
}
