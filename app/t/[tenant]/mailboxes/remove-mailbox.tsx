// Removing a mailbox: asks, says what stays, and says why when it is refused.
"use client";
import { useRouter } from "next/navigation";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { remove } from "./actions";

export function RemoveMailbox({ slug, id, name }: { slug: string; id: string; name: string }) {
  const router = useRouter();
  return (
    <section className="mt-10 flex flex-wrap items-center justify-between gap-4 border-line border-t pt-6">
      <p className="text-soft">
        Removing stops collecting. Mail that was collected stays here, mail at the provider stays there.
      </p>
      <ConfirmDialog
        trigger="Remove this mailbox"
        triggerKind="danger"
        danger
        title={`Remove ${name}?`}
        confirm="Remove it"
        onConfirm={async () => {
          const answer = await remove(slug, { id });
          if (!answer.ok) return answer.message;
          router.push(`/t/${slug}/mailboxes`);
          return null;
        }}
      >
        <p>
          Its password is erased. If you add the same mailbox again, mail that was collected before is not collected
          twice.
        </p>
      </ConfirmDialog>
    </section>
  );
}
