// Received lines as servers write them.
import { describe, expect, it } from "vitest";
import { parseReceived } from "./received";

const tail = "with ESMTPS id 4Xyz for <info@contoso.example>; Tue, 24 Nov 2026 02:14:00 +0000";

describe("the client of a Received line", () => {
  it.each([
    [
      "Postfix",
      "from helo.sender.example (mx.sender.example [198.51.100.9]) (using TLSv1.3 with cipher X) by mx1.provider.example (Postfix)",
      ["mx.sender.example", "198.51.100.9", false],
    ],
    [
      "Postfix without a name in DNS",
      "from mx.provider.example (unknown [198.51.100.9]) by mx1.provider.example (Postfix)",
      ["mx.provider.example", "198.51.100.9", true],
    ],
    [
      "Sendmail that doubts",
      "from mx.provider.example (mx.provider.example [198.51.100.9] (may be forged)) by mx1.provider.example",
      ["mx.provider.example", "198.51.100.9", true],
    ],
    [
      "Sendmail with an ident",
      "from helo (root@mx.sender.example [198.51.100.9]) by mx1.provider.example",
      ["mx.sender.example", "198.51.100.9", false],
    ],
    [
      "Exim",
      "from mx.sender.example ([198.51.100.9] helo=here) by mx1.provider.example",
      ["mx.sender.example", "198.51.100.9", false],
    ],
    [
      "Exim without a name",
      "from [198.51.100.9] (helo=mx.provider.example) by mx1.x.example",
      ["", "198.51.100.9", true],
    ],
    [
      "Exim, its name as it says",
      "from mx.sender.example ([2001:db8::9]) by mx1.provider.example with esmtps (TLS1.3) (Exim 4.96)",
      ["mx.sender.example", "2001:db8::9", false],
    ],
    [
      "qmail",
      "from mx.sender.example (HELO here) (198.51.100.9) by 0 with SMTP",
      ["mx.sender.example", "198.51.100.9", false],
    ],
    [
      "qmail without a name",
      "from unknown (HELO mx.provider.example) (198.51.100.9) by 0",
      ["unknown", "198.51.100.9", true],
    ],
    [
      "Exchange, which writes what the client said",
      "from mx.provider.example (198.51.100.9) by EX02.provider.example (198.51.100.2) with Microsoft SMTP Server",
      ["mx.provider.example", "198.51.100.9", true],
    ],
    [
      "Google",
      "from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41]) by mx.google.com",
      ["mail-sor-f41.google.com", "209.85.220.41", false],
    ],
    [
      "one who calls himself by another's address",
      "from [192.0.2.1] (evil.example [198.51.100.9]) by mx1.provider.example (Postfix)",
      ["evil.example", "198.51.100.9", false],
    ],
  ])("%s", (_, line, [name, address, claimed]) =>
    expect(parseReceived(`${line} ${tail}`).from).toEqual({ name, address, claimed }),
  );

  it("is nobody where the mail was handed over on the spot", () => {
    expect(parseReceived(`by 2002:a05:6402:1234:b0:5ab:1:2 ${tail}`)).toEqual({
      from: null,
      by: { name: "", address: "2002:a05:6402:1234:b0:5ab:1:2" },
    });
    expect(parseReceived("from nothing that ends").from).toBeNull();
  });
});

it("the server that wrote the line has a name, and an address where it says so", () => {
  expect(
    parseReceived(`from a (b.example [192.0.2.1]) by MX.GMX.example (mxgmx017 [198.51.100.9]) ${tail}`).by,
  ).toEqual({
    name: "mx.gmx.example",
    address: "198.51.100.9",
  });
  expect(parseReceived(`from a (b.example [192.0.2.1]) by mx.x.example (Postfix) ${tail}`).by).toEqual({
    name: "mx.x.example",
    address: null,
  });
});

it("takes any text in bounded time", () => {
  for (const part of ["from ", "from a (", "(a [", " by ", "[", "(((("])
    expect(parseReceived(part.repeat(100_000)).by.name).toBeTypeOf("string");
});
