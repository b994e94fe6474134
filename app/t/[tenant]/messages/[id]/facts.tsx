// What is written on the envelope and at the top of the mail.
import type { ReactNode } from "react";
import { CopyButton } from "@/app/_ui/copy-button";
import { Mono } from "@/app/_ui/page";
import { longTime } from "@/app/_ui/time";
import type { Journey } from "@/domain/message/journey";
import { sizeWords } from "@/domain/size-words";
import { kindWords } from "../words";

export function Facts({ journey: { mail, copies }, zone }: { journey: Journey; zone: string }) {
  // Mailferry wrote it, and its Message-ID with it.
  const ownMail = mail.kind === "notice" || mail.kind === "test";
  return (
    <dl className="grid content-start gap-4 text-table">
      <Fact name="Envelope sender">
        <Mono>{mail.sender || "<>"}</Mono>
        {!mail.sender && <span className="text-soft"> (the null sender: a report or a notice)</span>}
      </Fact>
      <Fact name="From">{mail.headerFrom || "not given"}</Fact>
      <Fact name="To, as written">{mail.headerTo || "not given"}</Fact>
      <Fact name="Written">{mail.headerDate ? longTime(mail.headerDate, zone) : "no readable date"}</Fact>
      <Fact name="Message-ID">
        <span className="grid justify-items-start gap-1.5">
          <Mono>{mail.messageId || "none"}</Mono>
          {mail.ownMessageId && !ownMail && <span className="text-soft">It had none: Mailferry added this one.</span>}
          {mail.messageId && <CopyButton text={mail.messageId} />}
        </span>
      </Fact>
      <Fact name="Size">
        {sizeWords(mail.size)}
        {mail.size >= 1000 && <span className="text-soft"> ({mail.size.toLocaleString("en")} bytes)</span>}
      </Fact>
      {mail.kind !== "collected" && <Fact name="Kind">{kindWords(mail.kind)}: not counted among collected mail</Fact>}
      {copies.length > 0 && <Fact name="Copies made by rules">{copies.length}</Fact>}
    </dl>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt className="text-soft">{name}</dt>
    <dd className="[overflow-wrap:anywhere]">{children}</dd>
  </div>
);
