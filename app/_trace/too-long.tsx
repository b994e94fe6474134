// Instead of a list: the search was given up.
import { EmptyState } from "@/app/_ui/page";

export const TooLong = () => (
  <div role="status">
    <EmptyState title="That takes too long: narrow it by a day or an address">
      The search was ended after 5 seconds. Add a day, like “yesterday” or “last Tuesday”, or a whole address.
    </EmptyState>
  </div>
);
