// Providers found by an address, and the table itself: every entry names its source, and no two claim one domain.
import { expect, test } from "vitest";
import { isDomain } from "@/mail/address";
import { providerOf, serversOf, userNameAt } from "./provider";
import { providers } from "./providers";

test.each([
  ["anna@gmx.de", "GMX (Germany, Austria, Switzerland)"],
  ["Anna@GMAIL.com", "Gmail"],
  ["a@outlook.de", "Outlook.com, Hotmail, Live"],
  ["a@hotmail.co.uk", "Outlook.com, Hotmail, Live"],
  ["a@contoso.onmicrosoft.com", "Microsoft 365"],
  ["a@posteo.net", "Posteo"],
  ["a@outlook.contoso.example", undefined],
  ["a@notgmail.com", undefined],
  ["info@contoso.example", undefined],
  ["gmx.de", undefined],
  ["@", undefined],
  ["", undefined],
])("%s belongs to %s", (address, name) => expect(providerOf(address)?.name).toBe(name));

test("what would be filled in: IMAP first, encrypted, and the user name that the provider wants", () => {
  const web = providerOf("anna@web.de");
  expect(web && serversOf(web)).toEqual([
    { protocol: "imap", host: "imap.web.de", port: 993, tls: "implicit" },
    { protocol: "pop3", host: "pop3.web.de", port: 995, tls: "implicit" },
  ]);
  expect(userNameAt(web, "anna@web.de")).toBe("anna");
  expect(userNameAt(providerOf("anna@gmx.de"), "anna@gmx.de")).toBe("anna@gmx.de");
  expect(serversOf(providers.find(({ name }) => name === "one.com") ?? never())).toHaveLength(1);
});

test("every entry has its source, its day, and servers or the reason why there are none", () => {
  for (const one of providers) {
    expect(one.source, one.name).toMatch(/^https:\/\//);
    expect(one.read, one.name).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(serversOf(one).length > 0, one.name).toBe(one.never === undefined);
    for (const { host } of serversOf(one)) expect(isDomain(host), host).toBe(true);
  }
  const claimed = providers.flatMap(({ domains }) => domains);
  expect(claimed.filter((domain, n) => claimed.indexOf(domain) !== n)).toEqual([]);
  expect(new Set(providers.map(({ name }) => name)).size).toBe(providers.length);
});

function never(): never {
  throw new Error("the table lacks it");
}
