// A pasted mail: its source, the mailbox that it would come from, and a size where the paste isn't the whole mail.
"use client";
import { Select, Textarea, TextInput } from "@/app/_ui/inputs";

export interface Pasted {
  text: string;
  mailboxId: string;
  size: string;
}

interface Props {
  value: Pasted;
  set: (next: Pasted) => void;
  mailboxes: { id: string; name: string }[];
  fault: (name: string) => string | undefined;
}

export function PasteFields({ value, set, mailboxes, fault }: Props) {
  if (mailboxes.length === 0)
    return (
      <p className="text-soft">
        There is no mailbox yet. A mailbox says whom its mail is for, so rules can be tried once there is one.
      </p>
    );
  return (
    <>
      <Textarea
        label="The mail with its headers"
        id="trial-text"
        mono
        rows={7}
        spellCheck={false}
        placeholder={"From: orders@partner.example\nTo: info@contoso.example\nSubject: Your invoice"}
        help="Its source, as a mail program shows it. The headers alone are enough."
        value={value.text}
        onChange={(event) => set({ ...value, text: event.target.value })}
        error={fault("text")}
      />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Select
          label="Collected from"
          id="trial-mailbox"
          options={mailboxes.map(({ id, name }) => ({ value: id, label: name }))}
          value={value.mailboxId}
          onChange={(event) => set({ ...value, mailboxId: event.target.value })}
          error={fault("mailboxId")}
        />
        <TextInput
          label="Size"
          id="trial-size"
          placeholder="as pasted"
          help="Like 12 MB, to try what a large mail would do."
          value={value.size}
          onChange={(event) => set({ ...value, size: event.target.value })}
          error={fault("size")}
        />
      </div>
    </>
  );
}
