// Where the provider's servers were seen, and which of them are in the command.
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { type ColumnOf, Table } from "@/app/_ui/table";
import { Time } from "@/app/_ui/time";
import { mailWords } from "@/domain/mail-words";
import type { Hop, Standing } from "@/domain/prepare/hops";

interface Props {
  slug: string;
  zone: string;
  now: Date;
  hops: readonly Hop[];
  looked: number;
}

export function HopTable(props: Props) {
  const { hops, looked } = props;
  return (
    <div className="mt-5">
      <h3 className="mb-1 font-medium text-table">
        Between the mailboxes and the senders
        {looked > 0 ? `, in the newest ${looked === 1 ? "mail" : `${looked} mails`}` : ""}
      </h3>
      <Table
        caption="Servers between the mailboxes and the senders"
        columns={columnsOf(props)}
        rows={hops}
        rowKey={(hop) => hop.address}
      />
    </div>
  );
}

const standings: Record<Standing, string> = {
  sure: "in the command",
  rare: "left out: seen in mail of one sender only. Add it if you know it",
  asks: "left out: brings mail of many senders, but nothing proves that it is your provider's. Add it if you know it",
};

function columnsOf({ slug, zone, now }: Props): ColumnOf<Hop>[] {
  return [
    {
      key: "address",
      head: "Address",
      width: "w-36",
      cell: ({ address }) => <span className="font-mono text-[12px]">{address}</span>,
    },
    {
      key: "name",
      head: "Name",
      width: "w-56",
      cell: ({ name, seenIn }) => (
        <span className="font-mono text-[12px] [overflow-wrap:anywhere]">
          {name || (seenIn ? "" : "the mailbox's own server")}
        </span>
      ),
    },
    {
      key: "seen",
      head: "Seen in",
      cell: ({ seenIn, mails, mailboxes }) => (
        <span className="[overflow-wrap:anywhere]">
          {seenIn && (
            <>
              {mailWords(mails)},{" "}
              <SoftLink href={`/t/${slug}/messages/${seenIn.mailId}`} className="text-accent underline">
                the newest <Time at={seenIn.at} zone={zone} now={now} />
              </SoftLink>
              ,{" "}
            </>
          )}
          {mailboxes.length === 1 ? "mailbox" : "mailboxes"} {mailboxes.slice(0, 3).join(", ")}
          {mailboxes.length > 3 ? ` and ${mailboxes.length - 3} more` : ""}
        </span>
      ),
    },
    {
      key: "standing",
      head: "In the command",
      width: "w-[34%]",
      cell: ({ standing }) => (
        <StateMark state={standing === "sure" ? "flowing" : standing === "asks" ? "needs" : "idle"}>
          {standings[standing]}
        </StateMark>
      ),
    },
  ];
}
