// Nothing of this tenant has that address; the frame stays.
import { EmptyState } from "@/app/_ui/page";

export default function TenantNotFound() {
  return (
    <EmptyState title="There is nothing here">
      The address is wrong, or what it named was removed. Look for it in the list that it came from.
    </EmptyState>
  );
}
