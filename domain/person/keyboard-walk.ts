// Walks over the keyboard: 1qaz2wsx3edc looks like nothing and is tried first. What counts are keys in a line, one beside or
// below the other, and lines one after the other; nobody types words that way.

const rows = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
const otherLayouts = ["qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn"];
const columns = [
  "1qaz",
  "2wsx",
  "3edc",
  "4rfv",
  "5tgb",
  "6yhn",
  "7ujm",
  "8ik,",
  "9ol.",
  "1qay",
  "6zhn",
  "1aqw",
  "2zsx",
];
const lines = [...rows, ...otherLayouts, ...columns, "01234567890", "abcdefghijklmnopqrstuvwxyz"];

/** Three keys in a line, in either direction. */
const steps = new Set(
  lines
    .flatMap((line) => [line, [...line].reverse().join("")])
    .flatMap((line) => [...line].slice(2).map((_, index) => line.slice(index, index + 3))),
);

/** Digits typed with Shift held down: !QAZ@WSX. */
const shifted = "!@#$%^&*()";
const keyOf = (sign: string) => (shifted.includes(sign) ? (rows[0]?.[shifted.indexOf(sign)] ?? sign) : sign);

const longEnough = 8;

/** What is left once walks of eight keys or more are taken out. */
export function withoutWalks(text: string): string {
  const signs = [...text.toLowerCase()];
  const walked = inLines(signs.map(keyOf));
  let left = "";
  for (let from = 0; from < signs.length; ) {
    let to = from;
    while (to < signs.length && walked[to] === walked[from]) to += 1;
    if (!walked[from] || to - from < longEnough) left += signs.slice(from, to).join("");
    from = to;
  }
  return left;
}

/** For each key whether it stands in a line with its neighbours, or in one of two lines in turns, as in q1w2e3. */
function inLines(keys: string[]): boolean[] {
  const walked = keys.map(() => false);
  const inLine = (from: number, apart: number) =>
    steps.has([0, 1, 2].map((step) => keys[from + step * apart] ?? " ").join(""));
  for (const from of keys.keys()) {
    if (inLine(from, 1)) walked.fill(true, from, from + 3);
    if (inLine(from, 2) && inLine(from + 1, 2)) walked.fill(true, from, from + 6);
  }
  return walked;
}
