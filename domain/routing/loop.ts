// A redirect that would loop is refused at save: rules with a recipient condition that send to each other, each result
// seen by a later rule (`continue`) or by the mail's next way round.

import type { Rule } from "./schema";
import { wildcard } from "./wildcard";

/**
 * A sentence that names the loop, or null. Rules that look at more than the recipient may still end one: they are let be.
 * `through`: only loops that this rule is part of.
 */
export function redirectLoop(rules: Rule[], through?: string): string | null {
  const edges = rules.flatMap((rule) =>
    "redirect" in rule.then &&
    rule.when.recipient &&
    Object.values(rule.when).filter((v) => v !== undefined).length === 1
      ? [{ name: rule.name, from: rule.when.recipient, to: rule.then.redirect }]
      : [],
  );
  for (const start of edges.filter(({ name }) => through === undefined || name === through)) {
    const walked = walk(edges, start.to, [start.name]);
    if (walked && wildcard(start.from, walked.at)) {
      return `This redirect would loop: ${walked.names.join(" → ")} comes back to ${walked.at}. Send it elsewhere, or narrow “recipient”.`;
    }
  }
  return null;
}

interface Edge {
  name: string;
  from: string;
  to: string[];
}

/** Follows redirects breadth first; returns the first address that the first rule would take again. */
function walk(edges: Edge[], targets: string[], names: string[]): { at: string; names: string[] } | null {
  const first = edges.find((edge) => edge.name === names[0]);
  const seen = new Set<string>();
  let front = targets.map((at) => ({ at, names }));
  while (front.length > 0) {
    const next: { at: string; names: string[] }[] = [];
    for (const step of front) {
      if (seen.has(step.at.toLowerCase())) continue;
      seen.add(step.at.toLowerCase());
      // An address that stays itself ("x goes to x and y") is a copy, not a loop, for the rule that names it alone.
      if (first && wildcard(first.from, step.at) && step.names.length > 1) return step;
      for (const edge of edges) {
        if (edge.name !== names[0] && wildcard(edge.from, step.at)) {
          next.push(...edge.to.map((at) => ({ at, names: [...step.names, edge.name] })));
        }
      }
    }
    front = next;
  }
  return null;
}
