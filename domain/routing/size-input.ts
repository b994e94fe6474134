/** The input that gives this size again, exactly: "10 MB", "1500 KB", "1234567". */
export const sizeInput = (octets: number): string =>
  octets > 0 && octets % 1_000_000 === 0
    ? `${octets / 1_000_000} MB`
    : octets > 0 && octets % 1000 === 0
      ? `${octets / 1000} KB`
      : String(octets);
