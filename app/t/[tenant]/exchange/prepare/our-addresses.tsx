// From which addresses the company's Exchange sees Mailferry come, by each worker's last greeting; and the test that tells.
import { ButtonLink } from "@/app/_ui/button-link";
import { Banner } from "@/app/_ui/state";
import { type ColumnOf, Table } from "@/app/_ui/table";
import { Time } from "@/app/_ui/time";
import type { PrepareFacts, WorkerSeen } from "@/domain/prepare/facts";
import type { PageExchange } from "../page-exchange";
import { TestHere } from "./test-here";

interface Props {
  slug: string;
  zone: string;
  now: Date;
  facts: PrepareFacts;
  /** null: no server is set up */
  saved: PageExchange | null;
  mayTest: boolean;
  mayEdit: boolean;
}

export function OurAddresses(props: Props) {
  const { facts, saved, slug, mayTest, mayEdit } = props;
  return (
    <section aria-label="Our address" className="mb-6 grid gap-4">
      {facts.workers.length > 0 ? <Workers {...props} /> : <NotKnown {...props} />}
      {saved && mayTest && <TestHere slug={slug} saved={saved} />}
      {saved === null && mayEdit && (
        <div>
          <ButtonLink href={`/t/${slug}/exchange`} kind="primary">
            Set up Exchange
          </ButtonLink>
        </div>
      )}
    </section>
  );
}

function NotKnown({ saved, mayTest }: Props) {
  if (!saved)
    return (
      <Banner state="needs" title="No Exchange server is set up yet.">
        Our address is read from your server's greeting. Set the server up and test it, then come back: the commands
        below will be filled in.
      </Banner>
    );
  return (
    <Banner state="needs" title={`${saved.settings.host} was never tested, and no mail went there yet.`}>
      Our address is read from your server's greeting, so the commands that name it are missing below.{" "}
      {mayTest
        ? "Test the settings, and they are filled in."
        : "Ask an operator or admin of this company to test the settings."}
    </Banner>
  );
}

function Workers({ facts, zone, now }: Props) {
  const columns: ColumnOf<WorkerSeen>[] = [
    { key: "worker", head: "Worker", cell: ({ worker }) => worker ?? "not written down" },
    {
      key: "address",
      head: "Address that Exchange sees",
      cell: ({ address }) =>
        address ? <span className="font-mono text-[12px]">{address}</span> : "▲ not told by the server",
    },
    {
      key: "greeting",
      head: "Its greeting",
      cell: ({ greeting }) => <span className="font-mono text-[12px] [overflow-wrap:anywhere]">{greeting}</span>,
    },
    {
      key: "at",
      head: "Seen",
      align: "right",
      width: "w-32",
      cell: ({ at }) => <Time at={at} zone={zone} now={now} />,
    },
  ];
  return (
    <div>
      <h2 className="mb-1 font-semibold">Our address, as your server greets it</h2>
      <Table
        caption="Addresses by which the server greets Mailferry"
        columns={columns}
        rows={facts.workers}
        rowKey={({ worker }) => worker ?? ""}
      />
    </div>
  );
}
