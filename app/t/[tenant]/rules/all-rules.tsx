// The way back from an editor to the list.
import { ButtonLink } from "@/app/_ui/button-link";

export const AllRules = ({ slug }: { slug: string }) => (
  <ButtonLink size="small" href={`/t/${slug}/rules`}>
    All rules
  </ButtonLink>
);
