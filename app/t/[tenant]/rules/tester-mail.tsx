// Chooses a collected mail: the newest, or those of them that fit a word.
"use client";
import { useEffect, useState } from "react";
import { TextInput } from "@/app/_ui/inputs";
import { longTime } from "@/app/_ui/time";
import { findMails } from "./actions";

export interface Picked {
  id: string;
  from: string;
  subject: string;
}

interface Choice extends Picked {
  collectedAt: Date;
  recipients: string[];
}

interface Props {
  slug: string;
  zone: string;
  picked: Picked | null;
  onPick: (mail: Picked) => void;
}

export function MailPicker({ slug, zone, picked, onPick }: Props) {
  const [text, setText] = useState("");
  const { found, fault } = useFound(slug, text);
  return (
    <div className="grid gap-2">
      <TextInput
        label="Find a mail"
        id="trial-find"
        type="search"
        placeholder="Sender, recipient or subject"
        help="Among the newest 1,000 whose headers are still kept."
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={fault || undefined}
      />
      {found?.length === 0 && (
        <p className="text-soft text-table">
          {text.trim() === ""
            ? "No mail whose headers are kept was collected yet."
            : `None of them fits “${text.trim()}”.`}
        </p>
      )}
      <ul aria-label="Mails" className="max-h-72 overflow-y-auto border-line border-t">
        {picked && !found?.some(({ id }) => id === picked.id) && (
          <Line mail={picked} to="" at="" chosen onPick={() => onPick(picked)} />
        )}
        {found?.map((mail) => (
          <Line
            key={mail.id}
            mail={mail}
            to={mail.recipients.join(", ") || "nobody yet"}
            at={longTime(mail.collectedAt, zone)}
            chosen={mail.id === picked?.id}
            onPick={() => onPick(mail)}
          />
        ))}
      </ul>
    </div>
  );
}

function useFound(slug: string, text: string) {
  const [found, setFound] = useState<Choice[] | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    let late = false;
    // The first look at once; while somebody types, after a pause.
    const timer = setTimeout(
      () =>
        findMails(slug, { text })
          .then((answer) => {
            if (late) return;
            if (answer.ok) setFound(answer.data);
            setFault(answer.ok ? "" : answer.message);
          })
          .catch(() => !late && setFault("The portal did not answer. Check the connection and try again.")),
      text === "" ? 0 : 250,
    );
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [slug, text]);
  return { found, fault };
}

function Line(props: { mail: Picked; to: string; at: string; chosen: boolean; onPick: () => void }) {
  const { mail, to, at, chosen, onPick } = props;
  return (
    <li className="border-line border-b">
      <button
        type="button"
        aria-pressed={chosen}
        onClick={onPick}
        className="grid w-full gap-0.5 px-2 py-1.5 text-left text-table hover:bg-hover aria-pressed:bg-n4"
      >
        <span className="flex justify-between gap-3">
          <span className="truncate font-medium">{mail.subject || "(no subject)"}</span>
          <span className="tabular shrink-0 text-[12px] text-soft">{at}</span>
        </span>
        <span className="truncate font-mono text-[12px] text-soft">
          {mail.from || "<>"}
          {to && ` → ${to}`}
        </span>
      </button>
    </li>
  );
}
