// A member without the grant: says so, inside the frame.
import { EmptyState } from "@/app/_ui/page";

export default function TenantForbidden() {
  return (
    <EmptyState title="Your role can’t see this page">
      An administrator of this tenant can give you a role that does, on the page Members.
    </EmptyState>
  );
}
