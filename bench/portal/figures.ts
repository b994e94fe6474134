// Order statistics of a handful of measured times.

export const share = (list: readonly number[], part: number): number =>
  list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.ceil(list.length * part) - 1)] ?? 0;
export const median = (list: readonly number[]): number => share(list, 0.5);
export const worst = (list: readonly number[]): number => Math.max(...list);
