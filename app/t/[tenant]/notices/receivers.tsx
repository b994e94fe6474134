// Who is told beside the postmaster: the list, and the form that adds one.
"use client";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/app/_ui/button";
import { checkedBy } from "@/app/_ui/checked-by";
import { Checkbox } from "@/app/_ui/choices";
import { FormFault } from "@/app/_ui/form-fault";
import { TextInput } from "@/app/_ui/inputs";
import { Mono } from "@/app/_ui/page";
import { Banner, StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import { useAnswerForm } from "@/app/_ui/use-answer-form";
import type { Receiver } from "@/domain/notice/receivers-schema";
import { noticeKinds } from "@/domain/notice/wanted";
import { addReceiver, removeReceiver } from "./actions";
import { kindNames, kindsInWords } from "./words";

const checked = checkedBy(() => import("@/domain/notice/receivers-schema").then((schema) => schema.receiverAdd));

interface Props {
  slug: string;
  receivers: readonly Receiver[];
  edits: boolean;
}

export function Receivers({ slug, receivers, edits }: Props) {
  const [fault, setFault] = useState("");
  const remove = async (id: string) => {
    const answer = await removeReceiver(slug, { id }).catch(() => null);
    setFault(answer?.ok ? "" : (answer?.message ?? "The portal did not answer. Try again."));
  };
  return (
    <div className="grid gap-5">
      {fault && <Banner live state="stopped" title={fault} />}
      {receivers.length > 0 && (
        <Table
          caption="Who is told beside the postmaster"
          rows={receivers}
          rowKey={({ id }) => id}
          columns={[
            { key: "who", head: "Address", cell: (row) => <Who row={row} edits={edits} /> },
            { key: "what", head: "Is told of", cell: (row) => kindsInWords(row.kinds) },
            {
              key: "do",
              head: "Actions",
              quiet: true,
              align: "right",
              cell: (row) =>
                edits && (
                  <Button size="small" kind="ghost" onClick={() => remove(row.id)} aria-label={`Remove ${row.address}`}>
                    Remove
                  </Button>
                ),
            },
          ]}
        />
      )}
      {edits && <AddReceiver slug={slug} />}
    </div>
  );
}

function Who({ row: { address, outside }, edits }: { row: Receiver; edits: boolean }) {
  if (!outside) return <Mono>{address}</Mono>;
  return (
    <span className="[overflow-wrap:anywhere]">
      <Mono>{address}</Mono>
      <StateMark state="needs">
        Is told nothing now: Mailferry collects for its domain no more, and notices go to nobody outside.{" "}
        {edits
          ? "Remove it, or set up a mailbox with this domain again."
          : "An administrator can remove it, or set up a mailbox with this domain again."}
      </StateMark>
    </span>
  );
}

function AddReceiver({ slug }: { slug: string }) {
  const form = useForm({ resolver: checked, defaultValues: { address: "", kinds: [] } });
  const { submit, answer, busy } = useAnswerForm(
    form,
    (values) => addReceiver(slug, values),
    () => form.reset(),
  );
  const { errors } = form.formState;
  return (
    <form onSubmit={submit} noValidate className="grid max-w-[520px] gap-4">
      {answer && !answer.ok && !answer.fields && <FormFault answer={answer} />}
      <TextInput
        label="Address"
        type="email"
        help="Of a domain that Mailferry collects for: notices go out through your own server."
        {...form.register("address")}
        error={errors.address?.message}
      />
      <fieldset className="grid gap-2" aria-describedby={errors.kinds ? "kinds-error" : undefined}>
        <legend className="mb-2 font-medium">Is told of</legend>
        {noticeKinds.map((kind) => (
          <Checkbox key={kind} label={kindNames[kind]} value={kind} {...form.register("kinds")} />
        ))}
        {errors.kinds && (
          <p id="kinds-error" className="text-stop text-table">
            <span aria-hidden>■ </span>
            {errors.kinds.message}
          </p>
        )}
      </fieldset>
      <div>
        <Button type="submit" busy={busy && "Adding"}>
          Add address
        </Button>
      </div>
    </form>
  );
}
