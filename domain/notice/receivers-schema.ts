// A receiver of notices as it is typed: one schema for form and door.
import { z } from "zod";
import { address } from "@/domain/configured";
import { type NoticeKind, noticeKinds } from "./wanted";

export const receiverAdd = z.strictObject({
  address: address("Address"),
  kinds: z.array(z.enum(noticeKinds)).min(1, "Choose at least one.").max(noticeKinds.length, "Each at most once."),
});
export const receiverOf = z.strictObject({ id: z.uuid() });

export interface Receiver {
  id: string;
  address: string;
  kinds: NoticeKind[];
  /** Mailferry collects for its domain no more: it is told nothing */
  outside: boolean;
}

/** Whom some notice reaches beside the postmaster. */
export const toldBeside = (receivers: readonly Receiver[], postmaster: string): string[] =>
  receivers
    .filter(({ address, outside }) => !outside && address.toLowerCase() !== postmaster.toLowerCase())
    .map((one) => one.address);
