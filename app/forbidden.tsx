// A person without the platform grant.
import { ButtonLink } from "./_ui/button-link";
import { Gate } from "./_ui/gate";

export default function Forbidden() {
  return (
    <Gate title="Your role can’t see this page" words="A platform administrator can give you a role that does.">
      <ButtonLink href="/">Back to the start</ButtonLink>
    </Gate>
  );
}
