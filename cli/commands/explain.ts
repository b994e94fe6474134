// explain: what Mailferry makes of a server's reply. One reply in words, or JSON lines in and out.
import { createInterface } from "node:readline";
import { z } from "zod";
import { explain, explainLine } from "@/domain/verdict/explain";
import { Refusal } from "@/lib/errors";
import { type Stage, stages } from "@/mail/reply";
import type { CommandContext } from "../command";

const asked = z.object({
  stage: z.enum(stages),
  code: z.number().int(),
  enhanced: z.string().nullish(),
  text: z.string().default(""),
});

export async function explainCommand({ args, print, say }: CommandContext): Promise<number> {
  const stage = stageOf(args.values.get("stage") ?? "rcpt");
  const reply = args.words.join(" ").trim();
  if (reply === "") {
    if (!args.switches.has("json"))
      throw new Refusal("Give a reply, like: mailferry explain --stage rcpt 550 5.1.1 User unknown");
    return explainLines(print, say);
  }
  const parsed = explainLine(reply);
  if (!parsed)
    throw new Refusal(
      `“${reply.slice(0, 80)}” is no SMTP reply: it begins with three digits, like 550 5.1.1 User unknown.`,
    );
  const found = explain(stage, parsed.code, parsed.enhanced, parsed.text);
  if (args.switches.has("json")) {
    print(`${JSON.stringify({ stage, ...parsed, class: found.class, action: found.action, rule: found.rule })}\n`);
    return 0;
  }
  print(
    `class   ${found.class}\naction  ${found.action}\nrule    ${found.rule}\n${found.meaning}\n${found.remedy}\n`.trimEnd(),
  );
  print("\n");
  return 0;
}

/** Each line is answered in its order; a line that is no question is an error with its number, and ends the run. */
async function explainLines(print: (text: string) => void, say: (text: string) => void): Promise<number> {
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() === "") continue;
    const question = asked.safeParse(parseJson(line));
    if (!question.success) {
      say(`line ${number}: expected {"stage", "code", "enhanced", "text"}; ${question.error.issues[0]?.message ?? ""}`);
      return 1;
    }
    const { stage, code, enhanced, text } = question.data;
    const found = explain(stage, code, enhanced ?? null, text);
    print(
      `${JSON.stringify({ stage, code, enhanced: enhanced ?? null, text, class: found.class, action: found.action, rule: found.rule })}\n`,
    );
  }
  return 0;
}

function stageOf(text: string): Stage {
  const stage = stages.find((name) => name === text);
  if (!stage) throw new Refusal(`--stage is “${text}”: it is one of ${stages.join(", ")}.`);
  return stage;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
