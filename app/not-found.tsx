// No such page, or one of somebody else: the two look the same on purpose.
import { ButtonLink } from "./_ui/button-link";
import { Gate } from "./_ui/gate";

export default function NotFound() {
  return (
    <Gate
      title="There is nothing here"
      words="The address is wrong, or it belongs to a tenant you are not a member of."
    >
      <ButtonLink href="/">Back to the start</ButtonLink>
    </Gate>
  );
}
