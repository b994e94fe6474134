// Step: a receive connector for our addresses alone. Anonymous senders only; never externally secured, which would trust
// all that mails claim; never any recipient, which would make a relay of it.
import type { PrepareFacts } from "./facts";
import { listed, literals, type Note, noAddress, ownAddresses, ownConnector, type Step } from "./step";

/** Clients' ports and the one between Exchange's own services are no place for it. */
const takenPorts = [465, 587, 717, 2525];

export function connectorStep(facts: PrepareFacts): Step {
  const addresses = ownAddresses(facts);
  const asked = facts.server?.port ?? 25;
  const port = takenPorts.includes(asked) ? 25 : asked;
  return {
    key: "connector",
    title: "A receive connector for Mailferry alone",
    does: `Makes an entrance of its own for mail that comes from ${addresses.length > 0 ? listed(addresses) : "our address"}. Through it outside senders write to your people without signing in, as collected mail does. It lets nobody send on to other companies, and changes nothing for anybody else.`,
    why: "Exchange picks the connector that names the sender's address most closely, so what is set for scanners or other servers no longer decides about collected mail. It also lifts limits made for strangers: Exchange answers a refusal at once instead of after 5 seconds.",
    without:
      "Mail goes through the server's general connector. That works as long as it takes anonymous mail from our address, and stops on the day somebody changes that.",
    seen: addresses.length > 0 ? seen(facts, addresses) : { state: "unknown", words: noAddress(facts) },
    look: "Get-ReceiveConnector | Format-Table Identity,Bindings,RemoteIPRanges,PermissionGroups,AuthMechanism -AutoSize",
    run: addresses.length > 0 ? newConnector(facts, addresses, port) : null,
    back: addresses.length > 0 ? `Remove-ReceiveConnector ${ownConnector}` : null,
    backWords: "Removes the connector. Mail goes through the general one again, as before.",
    notes: notes(facts, addresses, asked === port ? null : port),
  };
}

function newConnector({ server }: PrepareFacts, addresses: string[], port: number): string {
  const bindings = [`0.0.0.0:${port}`, ...(addresses.some((one) => one.includes(":")) ? [`[::]:${port}`] : [])];
  // A connector that is added takes 20 connections and 2 % of all from one address, then answers 421 4.3.2.
  const many = (server?.maxConnections ?? 0) > 20;
  return [
    "New-ReceiveConnector -Name 'Mailferry' -Server $env:COMPUTERNAME -TransportRole FrontendTransport -Usage Custom",
    `-Bindings ${literals(bindings)} -RemoteIPRanges ${literals(addresses)}`,
    "-PermissionGroups AnonymousUsers -AuthMechanism Tls -TarpitInterval 00:00:00",
    ...(many ? ["-MaxInboundConnectionPerSource 100 -MaxInboundConnectionPercentagePerSource 50"] : []),
  ].join(" ");
}

function seen({ workers }: PrepareFacts, addresses: string[]): Step["seen"] {
  const unclear = workers.filter(({ address }) => address === null).map(({ worker }) => worker ?? "a worker");
  const more =
    unclear.length > 0 ? ` The address of ${listed(unclear)} is not among them: its greeting names none.` : "";
  const words = `Your server greets Mailferry as ${listed(addresses)}.${more} Whether the connector is there already can't be seen from here.`;
  return { state: unclear.length > 0 ? "unknown" : "ready", words };
}

function notes({ server }: PrepareFacts, addresses: string[], port: number | null): Note[] {
  return [
    {
      words: `Run it on ${server?.host ?? "the server that mail is to go to"}, and on each server if there are several behind that name.`,
    },
    ...(addresses.length > 0
      ? [
          {
            words: "A connector “Mailferry” is there already? Give it these addresses instead:",
            command: `Set-ReceiveConnector ${ownConnector} -RemoteIPRanges ${literals(addresses)}`,
          },
        ]
      : []),
    ...(port === null
      ? []
      : [{ words: `It listens on port ${port}. Afterwards set IP port number to ${port} on the Exchange page.` }]),
    ...(server?.username
      ? [
          {
            words: "Mailferry signs in with a user name now. Here it needs none: empty User name on the Exchange page.",
          },
        ]
      : []),
    { words: "Exchange 2010 knows no -TransportRole FrontendTransport: leave those two words out." },
    {
      words:
        "Never tick “Externally secured” there, and never give it Accept-Any-Recipient: Exchange would look at no filter and send mail on for whoever comes from that address. This shows nothing when all is well:",
      command: `Get-ReceiveConnector ${ownConnector} | Get-ADPermission | Where-Object { $_.User -like '*ANONYM*' -and $_.ExtendedRights -like '*Any-Recipient*' }`,
    },
  ];
}
