// What a test can find out with its mails: what Exchange says of sender, recipient, size, and what it takes for spam.
import type { Finding } from "./findings";
import { ownConnector } from "./step";

export const sendingFindings: readonly Finding[] = [
  {
    names: ["asks for a sign-in", "client port asks for a sign-in"],
    title: "Client was not authenticated (530 5.7.57)",
    means:
      "The connector that answered takes no anonymous mail. Port 587 is for people with passwords, and a hardened general connector is the other cause.",
    step: "connector",
  },
  {
    names: ["may not send for others", "own domain from outside"],
    title: "May not send as this sender (5.7.60, 5.7.1)",
    means:
      "The right to write in the name of others, or of your own domain, was taken from whoever comes in there. Website forms, and colleagues who write from outside, then fail too. The connector of step 1 has both rights for our address alone.",
    step: "connector",
  },
  {
    names: ["domain not accepted"],
    title: "Unable to relay (550 5.7.54)",
    means:
      "Exchange does not know that the domain is yours. Compare the list with the address in Postmaster; what is missing is added with New-AcceptedDomain. Never mend this by giving the right to relay.",
    run: "Get-AcceptedDomain | Format-Table Name,DomainName,DomainType",
  },
  {
    names: ["null sender refused"],
    title: "Sender denied, for a mail like a notice (5.1.0)",
    means:
      "The sender filter blocks mail with an empty sender. That is how notices, bounces and receipts of all the world travel.",
    run: "Set-SenderFilterConfig -BlankSenderBlockingEnabled $false",
    back: "Set-SenderFilterConfig -BlankSenderBlockingEnabled $true",
  },
  {
    names: ["test sender refused"],
    title: "Sender denied, for a mail like a collected one",
    means:
      "The sender filter blocks the domain that Mailferry's tests come from, or asks DNS for one that does not exist. This shows what is blocked.",
    run: "Get-SenderFilterConfig | Format-List BlockedSenders,BlockedDomains,BlockedDomainsAndSubdomains",
  },
  {
    names: ["postmaster unknown"],
    title: "Recipient not found (550 5.1.10, 5.1.1)",
    means:
      "Nobody has the address in Postmaster. It shows that unknown addresses are refused, as they should be. Correct Postmaster, or give the address to somebody. This shows the addresses that Exchange has for it.",
    run: "Get-Recipient -Filter \"EmailAddresses -like 'smtp:postmaster@*'\" | Format-Table Name,EmailAddresses",
  },
  {
    names: ["taken for spam", "greylisted"],
    title: "Taken for spam, or put off as a stranger's",
    means:
      "A filter judged our address instead of the true sender's. If another product filters before Exchange, name our address there too.",
    step: "internal",
  },
  {
    names: ["mailbox full"],
    title: "The mailbox is full (5.2.2)",
    means:
      "The postmaster's mailbox has reached its quota. This shows how full it is; its quota is raised with Set-Mailbox.",
    run: "Get-Mailbox -ResultSize Unlimited | Get-MailboxStatistics | Sort-Object TotalItemSize -Descending | Select-Object -First 10 DisplayName,TotalItemSize,StorageLimitStatus",
  },
  {
    names: ["too fast"],
    title: "Too many mails a minute",
    means:
      "The connector limits how many mails it takes from one address each minute. Mailferry goes slower by itself.",
    run: `Set-ReceiveConnector ${ownConnector} -MessageRateLimit Unlimited`,
    back: `Set-ReceiveConnector ${ownConnector} -MessageRateLimit 600`,
  },
  {
    names: ["size limit below a test mail"],
    title: "Message size exceeds the limit (552 5.3.4)",
    means: "One of the two limits is lower than a mail of a few kilobytes.",
    step: "sizes",
  },
  {
    names: ["no answer to the mail's end", "cut in the middle"],
    title: "The line breaks while a mail is on it",
    means:
      "Something between, or on the server, takes mail apart on its way: a firewall that inspects SMTP, or a virus scanner. This shows which transport agents are installed besides Exchange's own.",
    run: "Get-TransportAgent | Format-Table Identity,Enabled,Priority",
  },
  {
    names: ["address not in ASCII"],
    title: "Letters beyond ASCII in an address",
    means: "This version of Exchange takes no such addresses. Name another postmaster; there is nothing to run.",
  },
  {
    names: ["refused"],
    title: "Refused, for a reason of this server's own",
    means: "A transport rule or an agent refused the mail. These show which.",
    run: "Get-AgentLog -StartDate (Get-Date).AddHours(-1) | Format-List Timestamp,Agent,Event,SmtpResponse; Get-TransportRule | Format-Table Name,State,Priority",
  },
];
