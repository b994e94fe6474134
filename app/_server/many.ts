// What came of a change of many, as a page takes it: a fault goes to the log, and the page gets words and all that was done.
import type { Changed, OneSeen } from "@/domain/mailbox/many";
import { faultWords } from "./log";

export type Told<Item extends OneSeen> = Omit<Changed<Item>, "fault"> & {
  /** why it ended before its end; empty: all were tried */
  fault: string;
};

const midway = "What is done is done; the rest was not tried.";

export const told = <Item extends OneSeen>({ fault, ...rest }: Changed<Item>, where: string): Told<Item> => ({
  ...rest,
  fault: fault === null ? "" : faultWords(fault, where, midway),
});
