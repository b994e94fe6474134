// The pane of a test: what it would do, and from its beginning on what is said (fetched then: most people only look).
"use client";
import type { ConversationProps } from "./conversation-so-far";
import { late } from "./late";

const ConversationSoFar = late(() => import("./conversation-so-far").then((module) => module.ConversationSoFar));

export function Conversation(props: ConversationProps) {
  const { seen, busy, fault } = props.probe;
  if (seen || busy || fault) return <ConversationSoFar {...props} />;
  return (
    <div className="grid gap-4">
      <div className="text-soft">{props.empty}</div>
      {props.last}
    </div>
  );
}
