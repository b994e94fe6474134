import { expect, test } from "vitest";
import { provedWords } from "./proved-words";

const way = { host: "mail.contoso.example", port: 25, postmaster: "postmaster@contoso.example" };

test.each([
  ["the saved values", { saved: true }, way, false, /confirmed until/],
  [
    "the same address on another server, which is not saved",
    { saved: false, host: "new.contoso.example" },
    way,
    true,
    /as soon as these values are saved/,
  ],
  ["another port, which is not saved", { saved: false, port: 2525 }, way, true, /as soon as/],
  ["values that were saved afterwards", { saved: false }, way, true, /confirmed until/],
  ["values that were saved afterwards, too late to count", { saved: false }, way, false, null],
  [
    "values that are not the saved ones any more",
    { saved: true },
    { ...way, host: "new.contoso.example" },
    false,
    null,
  ],
  ["values before anything is saved", { saved: false }, { host: "", port: 25, postmaster: "" }, false, /as soon as/],
])("%s", (_case, done, saved, counts, words) => {
  const said = provedWords({ ...way, ...done }, saved, counts);
  if (words) expect(said).toMatch(words);
  else expect(said).toBeNull();
});
