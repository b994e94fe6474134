// Step: the servers on a mail's way that are no senders: ours, and the provider's as the newest mails show them.
import type { PrepareFacts } from "./facts";
import { listed, literals, type Note, noAddress, ownAddresses, type Step } from "./step";

export function internalStep(facts: PrepareFacts): Step {
  const own = ownAddresses(facts);
  const hops = sureHops(facts).filter((address) => !own.includes(address));
  const all = [...own, ...hops];
  const ready = own.length > 0;
  return {
    key: "internal",
    title: "Our servers and the provider's are no senders",
    does: `Puts ${ready ? "our address" : "our address (once it is known)"}${hops.length > 0 ? ` and ${hops.length === 1 ? "one address" : `${hops.length} addresses`} of the provider's servers` : ""} on Exchange's list of internal SMTP servers. Sender ID and connection filters then pass over them and judge the server that really sent the mail.`,
    why: "All collected mail reaches Exchange from one address, ours, and no sender's domain names that in its SPF record. To a filter that looks no further, every mail is forged; after enough spam in your mailboxes it takes Mailferry itself for a spammer.",
    without:
      "Where Exchange's anti-spam agents are installed, good mail is marked or refused, and sender reputation may shut Mailferry out for a day. Without those agents the list changes nothing.",
    seen: ready ? seen(facts, hops.length) : { state: "unknown", words: noAddress(facts) },
    look: "Get-TransportConfig | Format-List InternalSMTPServers",
    run: ready ? `Set-TransportConfig -InternalSMTPServers @{Add=${literals(all)}}` : null,
    back: ready ? `Set-TransportConfig -InternalSMTPServers @{Remove=${literals(all)}}` : null,
    backWords: "Takes the same addresses off the list. Leave out those that the first command showed already.",
    notes: [
      ...(ready ? [behindBalancer(own)] : []),
      {
        words:
          "Private addresses on the way are left out. When a provider gets new servers they show up here: look again when good mail is taken for spam.",
      },
      {
        words:
          "Mail that comes to Exchange straight from one of these addresses is not judged by it either. That is right for a provider's servers between your mailbox and the world, and wrong for any other.",
      },
    ],
  };
}

/** Where all connections come from one address, that address on the list would let the whole Internet pass unjudged. */
const behindBalancer = (own: readonly string[]): Note => ({
  words: `Exchange's greeting names ${listed(own)} as ours. Make sure that ${own.length === 1 ? "it is" : "they are"}: behind a load balancer or firewall that puts its own address in the place of its clients', Exchange greets everybody by that. Such an address must not be added, or all of the Internet counts as internal and nothing is filtered. Leave it out of the command then.`,
});

const sureHops = ({ hops }: PrepareFacts): string[] =>
  hops.flatMap(({ standing, address }) => (standing === "sure" ? address : []));

function seen({ looked }: PrepareFacts, hops: number): Step["seen"] {
  if (looked === 0)
    return {
      state: "ready",
      words: "No mail has been collected yet, so the provider's servers are not known. Come back after the first.",
    };
  const mails = looked === 1 ? "the newest mail" : `the newest ${looked} mails`;
  return hops === 0
    ? {
        state: "ready",
        words: `In ${mails} no public address of the provider's stands between the mailbox and the sender.`,
      }
    : { state: "ready", words: `Read from the Received lines of ${mails}; the table says where.` };
}
