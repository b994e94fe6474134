// What is known is filled into a command as one quoted string, however hostile it is; what nobody here knows stays open.
import { expect, it } from "vitest";
import { addressIn, filledRemedy } from "./remedy";

it.each([
  ["-User <account>", { account: "CONTOSO\\ferry" }, "-User 'CONTOSO\\ferry'"],
  ["-User <account>", { account: "" }, "-User 'NT AUTHORITY\\ANONYMOUS LOGON'"],
  ["-User <account>", {}, "-User <account>"],
  ["@{Add='<address>'}", { recipient: "new@contoso.example" }, "@{Add='new@contoso.example'}"],
  ["-DomainName <domain>", { recipient: "a@branch.example" }, "-DomainName 'branch.example'"],
  ["@{Add='<worker>'}", { greetsUs: "Hello [192.0.2.7]" }, "@{Add='192.0.2.7'}"],
  ["@{Add='<worker>'}", { greetsUs: "welcome" }, "@{Add='<worker>'}"],
  ["Set-Mailbox <name>", { account: "a", recipient: "b@c.example", greetsUs: "[192.0.2.7]" }, "Set-Mailbox <name>"],
  ["<account>", { account: "x'; Stop-Computer; '" }, "'x''; Stop-Computer; '''"],
  ["<account>", { account: "x’\r\nStop-Computer" }, "'xStop-Computer'"],
])("%s with %o: %s", (remedy, known, filled) => expect(filledRemedy(remedy, known)).toBe(filled));

it("finds the address by which a server greets us", () => {
  expect(addressIn("EX01 Hello [2001:db8::7]")).toBe("2001:db8::7");
  expect(addressIn("EX01 at your service")).toBeNull();
});
