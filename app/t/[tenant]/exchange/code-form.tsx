// Where the code of a test's mail is typed.
"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Button } from "@/app/_ui/button";
import { TextInput } from "@/app/_ui/inputs";
import { Mono } from "@/app/_ui/page";
import { longTime } from "@/app/_ui/time";
import type { Proved } from "@/domain/probe/arrived";
import { prove } from "./actions";

interface CodeFormProps {
  slug: string;
  open: { id: string; postmaster: string };
  /** of an earlier test; null: just now */
  sentAt: string | null;
  zone: string;
  onDone: (proved: Proved) => void;
}

export function CodeForm({ slug, open, sentAt, zone, onDone }: CodeFormProps) {
  const router = useRouter();
  const [code, setCode] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    setFault("");
    const answer = await prove(slug, { id: open.id, code }).catch(
      () => ({ ok: false, message: "The portal did not answer. Try again." }) as const,
    );
    setBusy(false);
    if (!answer.ok) return setFault(("fields" in answer && answer.fields?.code) || answer.message);
    onDone(answer.data);
    router.refresh();
  };
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void send();
      }}
    >
      <p>
        {sentAt ? `A mail went on ${longTime(sentAt, zone)} to ` : "A mail is on its way to "}
        <Mono>{open.postmaster}</Mono>. Its subject begins with a code: typed here, it confirms that somebody reads the
        notices.
      </p>
      <div className="flex flex-wrap items-start gap-2">
        <div className="w-56">
          <TextInput
            label="Code from the mail's subject"
            mono
            inputMode="numeric"
            placeholder="123 456"
            maxLength={40}
            value={code}
            onChange={(event) => setCode(event.target.value)}
            error={fault || undefined}
          />
        </div>
        <Button type="submit" busy={busy && "Looking"} className="mt-[26px]">
          Check the code
        </Button>
      </div>
      <p className="text-soft text-table">
        Not there? Look into the junk mail. If only “test 2 of 2” is there, Exchange drops mail with an empty sender,
        and every notice with it.
      </p>
    </form>
  );
}
