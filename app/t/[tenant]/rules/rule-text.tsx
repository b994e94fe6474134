// One rule as people read it.
import { SoftLink } from "@/app/_ui/soft-link";
import type { Rule } from "@/domain/routing/schema";
import { thenInWords, whenInWords } from "@/domain/routing/words";

export function RuleText({ rule, use, href }: { rule: Rule; use: string; href?: string }) {
  return (
    <div className="[overflow-wrap:anywhere]">
      <h2 className="font-medium">
        {href ? (
          <SoftLink href={href} className="underline-offset-2 hover:underline">
            {rule.name}
          </SoftLink>
        ) : (
          rule.name
        )}
      </h2>
      <p className="mt-0.5">
        <span className="text-soft">When</span> {whenInWords(rule.when).join(", and ")},{" "}
        <span className="text-soft">then</span> {thenInWords(rule.then)}.
      </p>
      <p className="mt-0.5 text-soft text-table">
        {rule.continue && "The rules after it are tried as well. "}
        {use}
      </p>
    </div>
  );
}
