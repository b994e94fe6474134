// Step: Exchange refuses addresses that nobody has, instead of taking their mail and bouncing it to a forged sender later.
import { literal } from "@/domain/verdict/remedy";
import type { PrepareFacts } from "./facts";
import { listed, type Step } from "./step";

const most = 20;

export function recipientsStep(facts: PrepareFacts): Step {
  const domains = facts.domains.slice(0, most);
  return {
    key: "recipients",
    title: "Unknown addresses are refused",
    does: `Installs Exchange's anti-spam agents where they are missing, restarts its transport service (mail stops for about a minute and waits here), and lets the recipient filter look every address up${domains.length > 0 ? ` in the address book, for ${listed(domains)}` : ""}.`,
    why: "Exchange takes mail for anybody at your domain, and finds out later that nobody has the address. Its bounce then goes to the sender, who is often forged. When it refuses instead, Mailferry knows at once: the mail goes to the mailbox's reroute address or to BADMAIL, and the postmaster is told.",
    without:
      "The notice “rejected because the email address is unknown” never comes, and Exchange sends bounces to strangers, which can bring it onto block lists.",
    seen: seen(facts),
    look: "Get-TransportAgent | Format-Table Identity,Enabled; Get-RecipientFilterConfig | Format-List Enabled,RecipientValidationEnabled; Get-AcceptedDomain | Format-Table DomainName,DomainType,AddressBookEnabled",
    run: [
      "if (-not (Get-TransportAgent | Where-Object { $_.Identity -like '*Recipient Filter*' })) { & \"$env:ExchangeInstallPath\\Scripts\\Install-AntiSpamAgents.ps1\"; Restart-Service MSExchangeTransport }",
      "Set-RecipientFilterConfig -Enabled $true -RecipientValidationEnabled $true",
      ...domains.map(addressBook),
    ].join("\n"),
    back: "Set-RecipientFilterConfig -RecipientValidationEnabled $false",
    backWords:
      "Addresses are no longer looked up. A domain for which the first command showed AddressBookEnabled False gets its line again, with $false.",
    notes: [
      {
        words: "The agents stay after the undo. If the first command showed none of them, this takes them away:",
        command:
          '& "$env:ExchangeInstallPath\\Scripts\\Uninstall-AntiSpamAgents.ps1"; Restart-Service MSExchangeTransport',
      },
      {
        words:
          "Do the step before this one first: the script also installs the content filter, Sender ID, the sender filter and sender reputation, which should pass over our address from the start.",
      },
      {
        words:
          "A domain whose mail Exchange passes on to another system (DomainType InternalRelay) has addresses that its address book lacks: take that domain's line out.",
      },
      {
        words:
          "Exchange 2013 and newer refuse the whole mail when one of its recipients is unknown. Mailferry then sends it to each recipient alone, so nobody loses it.",
      },
    ],
  };
}

const addressBook = (domain: string): string =>
  `Get-AcceptedDomain | Where-Object { "$($_.DomainName)" -eq ${literal(domain)} } | Set-AcceptedDomain -AddressBookEnabled $true`;

function seen({ server, domains }: PrepareFacts): Step["seen"] {
  if (server?.acceptsUnknown === false)
    return { state: "done", words: "Done: in the last test this server refused an address that nobody has." };
  if (server?.acceptsUnknown)
    return { state: "needed", words: "In the last test this server accepted an address that nobody has." };
  const known = domains.length > 0 ? "" : " Your domains are not known yet either, so their lines are missing below.";
  return {
    state: "ready",
    words: `Whether this server refuses them is not known yet. A test asks when the notice about unknown addresses is ticked on the Exchange page.${known}`,
  };
}
