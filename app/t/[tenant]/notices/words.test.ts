// A test notice that a worker of an earlier version ran: that the others were not tried is said.
import { expect, it } from "vitest";
import type { ProbeVerdict } from "@/domain/probe/schema";
import { untriedWords } from "./words";

const verdict = (ok: boolean, facts: ProbeVerdict["facts"]): ProbeVerdict => ({ ok, sentence: "", facts });

it.each<[string, ProbeVerdict | null, number, RegExp]>([
  ["an earlier version, one other", verdict(true, {}), 1, /^Only the postmaster .* the other was not tried\./],
  ["an earlier version, two others", verdict(true, {}), 2, /the 2 others were not tried\./],
  ["an earlier version, nobody else is told", verdict(true, {}), 0, /^$/],
  ["this version, which names whom it did not try", verdict(true, { receiversTried: 0 }), 2, /^$/],
  ["the whole test failed, which is said", verdict(false, {}), 2, /^$/],
  ["no verdict yet", null, 2, /^$/],
])("%s", (_case, given, others, words) => {
  expect(untriedWords(given, others)).toMatch(words);
});
