const kept = new Map<string, Intl.DateTimeFormat>();
/** Above what all zones and forms of our pages come to. A zone may be named in an address, so there is an end to it. */
const most = 2000;

/** `Intl.DateTimeFormat` takes longer to make than a whole row of a table to draw, so each is made once. Throws RangeError for no zone. */
export function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = kept.get(key);
  if (known) return known;
  if (kept.size >= most) kept.clear();
  const made = new Intl.DateTimeFormat(locale, options);
  kept.set(key, made);
  return made;
}
