// Send again, send to another address, delete: for one mail, on its own page.
"use client";
import type { Target } from "@/domain/message/decide-schema";
import { DeskProvider } from "./desk";
import { GroupButtons } from "./group-buttons";

interface Props {
  slug: string;
  target: Target & { ids: string[] };
  count: number;
  /** without recipients there is nothing to send again: only an address helps */
  again: boolean;
}

export function DecideButtons({ slug, target, count, again }: Props) {
  const name = target.ids.join(" ");
  return (
    <DeskProvider slug={slug} shown={[name]}>
      <GroupButtons name={name} target={target} mails={count} again={again} />
    </DeskProvider>
  );
}
