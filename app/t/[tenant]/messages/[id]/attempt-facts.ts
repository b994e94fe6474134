// What an attempt's JSON columns hold, read back with care: rows of older versions may lack something.
import { z } from "zod";

const talk = z.array(z.object({ kind: z.string(), text: z.string() }));
const told = z.array(
  z.object({
    address: z.string(),
    code: z
      .number()
      .nullish()
      .transform((code) => code ?? null),
    enhanced: z
      .string()
      .nullish()
      .transform((text) => text ?? null),
    text: z
      .string()
      .nullish()
      .transform((text) => text ?? null),
  }),
);

export type Talk = z.infer<typeof talk>[number];
export type Told = z.infer<typeof told>[number];

export const readTalk = (value: unknown): Talk[] => talk.safeParse(value).data ?? [];
export const readTold = (value: unknown): Told[] => told.safeParse(value).data ?? [];
export const readLeftOut = (value: unknown): string[] =>
  z.object({ leftOut: z.array(z.string()) }).safeParse(value).data?.leftOut ?? [];
