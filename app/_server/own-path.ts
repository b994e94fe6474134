// Where to go after the sign-in: a path of ours, never another site.

/** "//evil.example", "/\evil.example" and "/a:b" tricks resolve to another origin or fail, and become "/". */
export function ownPath(next: string | undefined): string {
  if (!next?.startsWith("/") || /[\\\p{Cc}]/u.test(next)) return "/";
  const base = "http://mailferry.invalid";
  const url = URL.canParse(next, base) ? new URL(next, base) : null;
  if (!url || url.origin !== base) return "/";
  // "/.//evil.example" is a path here, but "//evil.example" is what is left of it.
  return url.pathname.startsWith("//") ? "/" : `${url.pathname}${url.search}`;
}
