// Why a lane stops: the reason's kind for machines, the sentence for people. Always with what to do.
import type { LaneEvent } from "@/domain/lane/breaker";
import { classify } from "@/domain/verdict/classify";
import { filledRemedy, type Known } from "@/domain/verdict/remedy";
import type { Verdict } from "@/domain/verdict/verdict";
import type { Reply, Stage } from "@/mail/reply";
import type { SmtpFault } from "@/mail/smtp";

interface Stop {
  host: string;
  stage: Stage;
  reply: Reply;
  verdict: Verdict;
}

/** The server's own answer stops the lane. */
export function stopEvent({ stage, reply, verdict }: Stop): LaneEvent {
  const words = `${reply.code} ${reply.text}`.replaceAll("\n", " ").slice(0, 300);
  const said = reply.text === "" ? "" : ` The server said: “${words}”.`;
  const reasonKind = verdict.action === "stop-lane-send-as" ? "send-as" : (kindByStage[stage] ?? "refused");
  const reason = `${verdict.meaning}${said} ${verdict.remedy}`.trim();
  return { kind: "stop", reasonKind, reason, unreachable: false };
}

const kindByStage: Partial<Record<Stage, string>> = {
  connect: "greeting",
  ehlo: "greeting",
  starttls: "tls",
  auth: "sign-in",
};

/** A connection that never came to MAIL. `trusted` is what the lane showed before, for a changed certificate. */
export function connectFault(
  fault: SmtpFault,
  lane: { host: string; connections: number; sentLastMinute: number; trusted: unknown; pin: string; known: Known },
): LaneEvent {
  const { host } = lane;
  if (fault.reply) {
    const plain = classify(fault.stage, fault.reply, { senderIsOwn: false, recipients: 1 });
    const verdict = { ...plain, remedy: filledRemedy(plain.remedy, lane.known) };
    const reason = `${verdict.meaning} ${verdict.remedy}`.trim();
    if (verdict.action === "lower-cap") return { kind: "lower-cap", connections: lane.connections, reason };
    if (verdict.action === "pace") return { kind: "pace", sentLastMinute: lane.sentLastMinute, reason };
    return stopEvent({ host, stage: fault.stage, reply: fault.reply, verdict });
  }
  const reason = fault.message.slice(0, 1000);
  if (fault.kind === "certificate" && fault.certificate) {
    const certificateChange = { trusted: lane.trusted ?? null, rule: lane.pin, seen: fault.certificate };
    return { kind: "stop", reasonKind: "certificate", reason, unreachable: false, certificateChange };
  }
  const unreachable = fault.kind === "unreachable" || fault.kind === "timeout" || fault.kind === "cut";
  return { kind: "stop", reasonKind: fault.kind, reason, unreachable };
}
