// What can be done with a whole group: try one, send all, send to another address, delete.
"use client";
import { type ReactNode, useState } from "react";
import { Button } from "@/app/_ui/button";
import type { Target } from "@/domain/message/decide-schema";
import { DecisionDialog } from "./decision-dialog";
import { GroupJob, useDesk } from "./desk";

export interface GroupButtonsProps {
  /** the group's key */
  name: string;
  target: Target;
  mails: number;
  /** it has recipients: else only an address helps */
  again: boolean;
  warning?: string | undefined;
  /** stands before them */
  children?: ReactNode;
}

export function GroupButtons({ name, target, mails, again, warning, children }: GroupButtonsProps) {
  const desk = useDesk();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const tryOne = async () => {
    setBusy(true);
    setFault((await desk.tryOne(name, target)) ?? "");
    setBusy(false);
  };
  const all = mails === 1 ? "" : ` all ${mails.toLocaleString("en")}`;
  const shared = {
    slug: desk.slug,
    target,
    mails,
    unaddressed: !again,
    warning,
    onConfirm: desk.run.bind(null, name, target),
  };
  return (
    <>
      <div className="flex flex-wrap gap-2">
        {children}
        {again && (
          <Button size="small" onClick={tryOne} busy={busy && "Sending"}>
            {mails === 1 ? "Send again" : "Send one as a trial"}
          </Button>
        )}
        {again && mails > 1 && <DecisionDialog {...shared} what="send-again" label={`Send${all}`} />}
        <DecisionDialog {...shared} what="send-to" label={again ? "Send to another address" : `Deliver${all} to …`} />
        <DecisionDialog {...shared} what="delete" label={`Delete${all}`} kind="ghost" />
      </div>
      {fault && (
        <p role="alert" className="mt-2 text-stop text-table">
          <span aria-hidden>■ </span>
          {fault}
        </p>
      )}
      <div className="mt-3 empty:hidden">
        <GroupJob name={name} />
      </div>
    </>
  );
}
