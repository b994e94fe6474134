// Pause all that collect, or start all that are paused: below the list, with the way back. What was stopped with a reason is
// started one by one.
"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { Told } from "@/app/_server/many";
import { Button } from "@/app/_ui/button";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { Banner } from "@/app/_ui/state";
import type { OneSeen } from "@/domain/mailbox/many";
import { runMany } from "./actions";

interface Row extends OneSeen {
  name: string;
  state: "active" | "paused" | "stopped";
}

type What = "pause" | "start";
const count = (n: number) => (n === 1 ? "1 mailbox" : `${n.toLocaleString("en")} mailboxes`);

export function AllButtons({ slug, rows }: { slug: string; rows: readonly Row[] }) {
  const router = useRouter();
  const [last, setLast] = useState<{ what: What; changed: Told<OneSeen> } | null>(null);
  const [fault, setFault] = useState("");
  const run = async (what: What, items: readonly OneSeen[]) => {
    const answer = await runMany(slug, { what, items: items.map(({ id, version }) => ({ id, version })) });
    setFault(answer.ok ? answer.data.fault : answer.message);
    if (answer.ok) setLast({ what, changed: answer.data });
    router.refresh();
    return answer.ok ? null : answer.message;
  };
  const active = rows.filter(({ state }) => state === "active");
  const paused = rows.filter(({ state }) => state === "paused");
  return (
    <div className="mt-5 grid gap-4 empty:hidden">
      {last && (
        <Said
          {...last}
          fault={fault}
          nameOf={(id) => rows.find((row) => row.id === id)?.name ?? ""}
          onBack={() => run(last.what === "pause" ? "start" : "pause", last.changed.done)}
        />
      )}
      <div className="flex flex-wrap gap-2 empty:hidden">
        {active.length > 1 && (
          <ConfirmDialog
            trigger={`Pause all ${active.length.toLocaleString("en")}`}
            triggerSize="small"
            title={`Pause ${count(active.length)}?`}
            confirm={`Pause ${count(active.length)}`}
            onConfirm={() => run("pause", active)}
          >
            <p>
              Their mail stays with the provider until somebody starts them again. What waits here goes on to Exchange.
            </p>
          </ConfirmDialog>
        )}
        {paused.length > 1 && (
          <ConfirmDialog
            trigger={`Start all ${paused.length.toLocaleString("en")} that are paused`}
            triggerSize="small"
            title={`Start ${count(paused.length)}?`}
            confirm={`Start ${count(paused.length)}`}
            onConfirm={() => run("start", paused)}
          >
            <p>They collect at once what came meanwhile.</p>
          </ConfirmDialog>
        )}
      </div>
    </div>
  );
}

interface SaidProps {
  what: What;
  changed: Told<OneSeen>;
  fault: string;
  nameOf: (id: string) => string;
  onBack: () => Promise<string | null>;
}

function Said({ what, changed: { done, failed }, fault, nameOf, onBack }: SaidProps) {
  const [busy, setBusy] = useState(false);
  const did = what === "pause" ? "paused" : "started";
  const back = async () => {
    setBusy(true);
    await onBack().catch(() => null);
    setBusy(false);
  };
  return (
    <Banner
      live
      state={failed.length > 0 || fault ? "needs" : "flowing"}
      title={`${count(done.length)} ${did}${failed.length > 0 ? `, ${failed.length.toLocaleString("en")} not` : ""}.`}
      action={
        done.length > 0 && (
          <Button size="small" busy={busy && "Working"} onClick={back}>
            {what === "pause" ? "Start them again" : "Pause them again"}
          </Button>
        )
      }
    >
      {fault && <p>{fault}</p>}
      {failed.map(({ id, message }) => (
        <p key={id}>
          {nameOf(id)}: {message}
        </p>
      ))}
    </Banner>
  );
}
