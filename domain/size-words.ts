// A size as people read it, the same on every page: "812 bytes", "14 KB", "36.7 MB". Decimal units, as Exchange counts.

export function sizeWords(octets: number): string {
  if (octets < 1000) return octets === 1 ? "1 byte" : `${octets} bytes`;
  const kb = Math.round(octets / 1000);
  if (kb < 1000) return `${kb} KB`;
  const mb = tenths(octets / 1_000_000);
  return mb < 1000 ? `${mb} MB` : `${tenths(octets / 1_000_000_000)} GB`;
}

const tenths = (n: number) => Math.round(n * 10) / 10;
