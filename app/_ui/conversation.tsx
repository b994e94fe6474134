// The pane of a test: what it would do, and from its beginning on what is said (fetched then: most people only look).
"use client";
import dynamic from "next/dynamic";
import type { ConversationProps } from "./conversation-so-far";

const ConversationSoFar = dynamic(() => import("./conversation-so-far").then((module) => module.ConversationSoFar), {
  ssr: false,
});

export function Conversation(props: ConversationProps) {
  const { seen, busy, fault } = props.probe;
  if (seen || busy || fault) return <ConversationSoFar {...props} />;
  return (
    <>
      <div className="text-soft">{props.empty}</div>
      {props.last}
    </>
  );
}
