// A step about the first mailbox, before there is one.
import { ButtonLink } from "@/app/_ui/button-link";
import { EmptyState } from "@/app/_ui/page";

export const NoMailbox = ({ slug }: { slug: string }) => (
  <EmptyState
    title="No mailbox yet"
    action={
      <ButtonLink kind="primary" href={`/t/${slug}/setup/mailbox`}>
        Add a mailbox
      </ButtonLink>
    }
  >
    This step is about the mail of the first mailbox. Add it, then come back.
  </EmptyState>
);
