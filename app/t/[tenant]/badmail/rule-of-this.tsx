// From a stuck mail to the editor of rules, filled in; nothing where no rule could help.
import { ButtonLink } from "@/app/_ui/button-link";
import { ruleOfAddress } from "@/domain/routing/suggest";

export function RuleOfThis({ slug, mail }: { slug: string; mail: Parameters<typeof ruleOfAddress>[1] }) {
  const href = ruleOfAddress(slug, mail);
  return href === null ? null : (
    <ButtonLink size="small" href={href}>
      Make a rule of this
    </ButtonLink>
  );
}
