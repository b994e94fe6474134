import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseReply, type Stage, stages } from "@/mail/reply";
import { fieldReplies } from "@/test/fixtures/field-replies";
import { classify } from "./classify";
import { explain, explainLine } from "./explain";
import { rules } from "./rules";
import { refusalKey } from "./same-refusal";
import { actions } from "./verdict";

interface Labelled {
  stage: Stage;
  code: number;
  enhanced: string | null;
  text: string;
  class: string;
  also: string[];
}
const sample: Labelled[] = readFileSync(new URL("../../test/fixtures/smtp-replies.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

const isStage = (text: string): text is Stage => stages.some((stage) => stage === text);
const judged = [
  ...sample.map((row) => ({ ...row, classes: [row.class, ...row.also] })),
  ...fieldReplies.map(([stage, code, text, classes]) => {
    if (!isStage(stage)) throw new Error(stage);
    const [first = "", ...also] = classes.split("|");
    return { stage, code, enhanced: null, text, class: first, also, classes: [first, ...also] };
  }),
];

describe("what a reply is", () => {
  test("agrees with nearly every labelled reply", () => {
    const wrong = judged.filter(
      (row) => !row.classes.includes(explain(row.stage, row.code, row.enhanced, row.text).class),
    );
    expect(wrong.map(({ text }) => text).slice(0, 20)).toEqual([]);
  });

  test.each(["spam", "unknown-recipient"])("%s: few missed, few cried", (kind) => {
    const found = judged.filter((row) => explain(row.stage, row.code, row.enhanced, row.text).class === kind);
    const right = found.filter((row) => row.classes.includes(kind));
    const meant = judged.filter((row) => row.class === kind && row.also.length === 0);
    const missed = meant.filter((row) => !found.includes(row));
    expect(right.length / found.length).toBeGreaterThan(0.97);
    expect(1 - missed.length / meant.length).toBeGreaterThan(0.97);
  });

  test("before MAIL it is always about the connection; a 4xx is never spam and never for good", () => {
    for (const row of judged) {
      for (const stage of ["connect", "ehlo", "starttls", "auth"] as const)
        expect(explain(stage, row.code, row.enhanced, row.text).class).toBe("connection");
      if (row.code < 500)
        expect(["temporary", "connection"]).toContain(explain(row.stage, row.code, row.enhanced, row.text).class);
    }
  });
});

describe("what follows from it", () => {
  test.each<[Stage, string, string]>([
    [
      "connect",
      "421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel",
      "lower-cap",
    ],
    ["connect", "421 4.3.2 Service not available", "stop-lane"],
    ["mail", "421 4.4.2 Message submission rate for this client has exceeded the configured limit", "pace"],
    ["dot", "421 4.4.2 Connection dropped", "retry-other-first"],
    ["mail", "452 4.3.1 Insufficient system resources", "retry"],
    ["rcpt", "452 4.5.3 Too many recipients", "next-transaction"],
    ["rcpt", "552 Too many recipients", "next-transaction"],
    ["mail", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "stop-lane-send-as"],
    [
      "mail",
      "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
      "stop-lane-send-as",
    ],
    ["rcpt", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "wait-domain"],
    ["rcpt", "550 5.7.1 Unable to relay", "wait-domain"],
    ["dot", "552 5.3.4 Message size exceeds fixed maximum message size", "too-large"],
    ["dot", "552 5.3.4 Header size exceeds fixed maximum size", "header-too-large"],
    ["dot", "550 5.7.1 Message rejected as spam by Content Filtering.", "badmail"],
    ["rcpt", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "badmail"],
    ["auth", "535 5.7.3 Authentication unsuccessful", "stop-lane"],
    ["mail", "451 5.7.3 STARTTLS is required to send mail", "stop-lane"],
    ["rcpt", "504 5.5.2 <server>: Helo command rejected: need fully-qualified hostname", "stop-lane"],
  ])("%s: %s → %s", (stage, text, action) => {
    expect(classify(stage, parseReply([text])).action).toBe(action);
  });

  test("5.7.1 to a sender of the tenant's own domain is spoof protection, not spam", () => {
    const reply = parseReply(["550 5.7.1 Sender ID (PRA) Not Permitted"]);
    expect(classify("dot", reply, { senderIsOwn: true })).toMatchObject({ class: "permanent", action: "own-sender" });
    expect(classify("dot", reply)).toMatchObject({ class: "spam" });
    const content = parseReply(["550 5.7.1 Message rejected as spam by Content Filtering."]);
    expect(classify("dot", content, { senderIsOwn: true }).class).toBe("spam");
    expect(explain("dot", 550, "5.7.1", "Message rejected as spam by Content Filtering.").rule).toBe("spam");
    const virus = parseReply(["550 5.7.1 virus found; client does not have permissions to send as this sender"]);
    expect(classify("dot", virus, { senderIsOwn: true }).class).toBe("spam");
  });

  test.each<[string, boolean, string]>([
    ["550 5.7.1 Client does not have permissions to send as this sender", true, "own-sender"],
    ["550 5.7.1 Client does not have permissions to send as this sender", false, "stop-lane-send-as"],
    ["550 5.7.1 Anonymous clients does not have permissions to send as this domain", true, "own-sender"],
    ["550 5.7.60 SMTP; Client does not have permissions to send as this sender", true, "stop-lane-send-as"],
    ["530 5.7.57 SMTP; Client was not authenticated to send anonymous mail", true, "stop-lane-send-as"],
  ])("%s, own sender %s → %s", (text, senderIsOwn, action) => {
    for (const stage of ["mail", "dot"] as const)
      expect(classify(stage, parseReply([text]), { senderIsOwn }).action).toBe(action);
  });

  test("every rule has a name of its own, words for people, and every action is used", () => {
    const names = rules.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const rule of rules) {
      expect(rule.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(rule.meaning).toMatch(/^[A-Z].*\.$/);
      expect(rule.remedy.length).toBeGreaterThan(10);
    }
    const used = new Set(rules.map(({ action }) => action));
    expect(actions.filter((action) => !used.has(action))).toEqual([]);
  });

  test("hostile text of any length is judged quickly", () => {
    for (const word of ["recipient ", "a@", "too many ", "header ", "mailbox mailbox ", "[", "(#5.1.1", "sender "]) {
      const start = performance.now();
      explain("dot", 550, null, word.repeat(4000));
      expect(performance.now() - start).toBeLessThan(500);
    }
  });
});

describe("replies as people copy them", () => {
  test("one line, several lines, the code on each or not", () => {
    expect(explainLine("550 5.1.1 User unknown")).toEqual({ code: 550, enhanced: "5.1.1", text: "5.1.1 User unknown" });
    const two = explainLine("550-5.1.1 The email account\n550 5.1.1 does not exist");
    expect(two).toEqual({ code: 550, enhanced: "5.1.1", text: "5.1.1 The email account\n5.1.1 does not exist" });
    expect(explainLine("421")).toEqual({ code: 421, enhanced: null, text: "" });
    expect(explainLine("User unknown")).toBeNull();
    expect(explain("rcpt", 550, null, "550 5.1.1 nobody")).toMatchObject({ class: "unknown-recipient" });
  });

  test("the same refusal is recognised without ids, addresses and numbers", () => {
    const one = parseReply([
      "550 5.7.1 <a@x.example>: rejected, id=4XyZ12 [AM6EUR05FT020.prod.outlook.com] 2024-01-02",
    ]);
    const two = parseReply([
      "550 5.7.1 <bob@y.example>: rejected, id=9AbC77 [DB5EUR01FT032.prod.outlook.com] 2025-11-12",
    ]);
    expect(refusalKey(one)).toBe(refusalKey(two));
    expect(refusalKey(one)).not.toBe(refusalKey(parseReply(["550 5.7.1 <a@x.example>: denied"])));
    expect(refusalKey(one)).not.toBe(refusalKey(parseReply(["554 5.7.1 <a@x.example>: rejected"])));
  });
});
