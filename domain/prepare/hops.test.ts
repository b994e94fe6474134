// Whose servers stand between the world and us: the provider's, never a sender's, however the sender writes it.
import { describe, expect, it } from "vitest";
import { familyOf, hopsOf, type SeenMail, walk } from "./hops";

const store =
  "from mx3.provider.example (mx3.provider.example [198.51.100.3]) by store7.provider.example (Postfix) with LMTP id 1; x";
const entry =
  "from mail.sender.example (mail.sender.example [203.0.113.9]) by mx3.provider.example (Postfix) with ESMTPS id 2; x";
const inner = "from pc (host.sender.example [203.0.113.77]) by mail.sender.example with ESMTPA id 3; x";

describe("from the mailbox outwards", () => {
  it.each<[string, string[], string[], string | null]>([
    [
      "the provider's servers, up to the first of somebody else",
      [store, entry, inner],
      ["198.51.100.3"],
      "203.0.113.9",
    ],
    [
      "private and loopback addresses are passed and not listed",
      [
        "from localhost (localhost [127.0.0.1]) by store7.provider.example with LMTP; x",
        "from filter2.provider.example (unknown [10.0.0.4]) by store7.provider.example; x",
        entry.replace("mx3.provider", "filter2.provider"),
      ],
      [],
      "203.0.113.9",
    ],
    [
      "a mail handed over on the spot goes on with a line of the provider's",
      ["by store7.provider.example with LMTP id 9; x", store],
      ["198.51.100.3"],
      null,
    ],
    ["… and with nobody else's", ["by store7.provider.example with LMTP id 9; x", inner], [], null],
    [
      "what a sender forged below his own line is not read",
      [entry, "from mx9.provider.example (mx9.provider.example [203.0.113.66]) by mx3.provider.example; x"],
      [],
      "203.0.113.9",
    ],
    [
      "a name that a client only claims is no proof",
      ["from mx9.provider.example (unknown [203.0.113.66]) by store7.provider.example (Postfix); x"],
      [],
      "203.0.113.66",
    ],
    [
      "what Exchange writes is what the client said",
      [
        "from mx9.provider.example (203.0.113.66) by store7.provider.example (198.51.100.2) with Microsoft SMTP Server; x",
      ],
      [],
      "203.0.113.66",
    ],
    [
      "a server that hides the client, and a line of the sender's below it",
      [
        "from lb (unknown [10.0.0.1]) by mx3.provider.example; x",
        "from mx (mx.provider.example [203.0.113.66]) by evil.example; x",
      ],
      [],
      null,
    ],
    ["no line at all", [], [], null],
  ])("%s", (_, lines, inside, edge) => {
    const found = walk(lines, "pop.provider.example");
    expect([found.inside.map(({ address }) => address), found.edge?.address ?? null]).toEqual([inside, edge]);
  });

  it("the first line's server is the provider's though the mailbox's host has another name", () =>
    expect(walk([store], "mail.contoso.example").inside).toEqual([
      { address: "198.51.100.3", name: "mx3.provider.example", proven: true },
    ]));

  it("of the lines below the first, each is written by the party that the line above it names, or not read", () => {
    const front =
      "from mx9.provider.example (mx9.provider.example [198.51.100.9]) by mx3.provider.example (Postfix) with ESMTPS id 2; x";
    expect(walk([store, front], "pop.provider.example").inside).toEqual([
      expect.objectContaining({ address: "198.51.100.3", proven: true }),
      expect.objectContaining({ address: "198.51.100.9", proven: false }),
    ]);
    const stranger = front.replace("by mx3", "by mx4");
    expect(walk([store, stranger], "pop.provider.example").inside).toHaveLength(1);
    const byAddress = front.replace("by mx3.provider.example", "by mail (198.51.100.3)");
    expect(walk([store, byAddress], "pop.provider.example").inside).toHaveLength(2);
  });

  it.each([
    "static.9.113.0.203.clients.provider.example",
    "203-0-113-9.provider.example",
    "p57a1c2f3.dip0.provider.example",
    "cb007109.provider.example",
    "dynamic9.provider.example",
    "dsl-a.provider.example",
    "vps77.provider.example",
    "host-b.provider.example",
    "hosted.provider.example",
    "customer.provider.example",
    "pool.mail.provider.example",
    "h2831190.provider.example",
  ])("a machine of a customer's is outside though DNS confirms its name: %s", (name) => {
    const line = `from mail.sender.example (${name} [203.0.113.9]) by store7.provider.example (Postfix) with ESMTPS id 1; x`;
    expect(walk([line], "pop.provider.example")).toEqual({ inside: [], edge: { address: "203.0.113.9", name } });
  });

  it("the name of a customer's machine that has the mailbox makes nobody of that family the provider's", () => {
    const line =
      "from mx3.provider.example (mx3.provider.example [198.51.100.3]) by vps7.provider.example (Postfix); x";
    expect(walk([line], "static.9.113.0.203.clients.provider.example").inside).toEqual([]);
  });
});

const mail = (n: number, received: string[], more: Partial<SeenMail> = {}): SeenMail => ({
  id: `m${n}`,
  collectedAt: new Date(Date.UTC(2026, 10, 24, 12, 0, -n)),
  mailbox: "info",
  mailboxHost: "pop.provider.example",
  senderDomain: `s${n}.example`,
  received,
  ...more,
});

describe("over the newest mails", () => {
  it("a server in mails of several senders is sure, in those of one it is rare", () => {
    const other = store.replaceAll("mx3", "mx4").replace("100.3", "100.4");
    const hops = hopsOf([mail(1, [store, entry]), mail(2, [store]), mail(3, [other], { senderDomain: "" })], []);
    expect(hops.map(({ address, standing, mails, senders }) => [address, standing, mails, senders])).toEqual([
      ["198.51.100.3", "sure", 2, 2],
      ["198.51.100.4", "rare", 1, 0],
    ]);
    expect(hops[0]).toMatchObject({ mailboxes: ["info"], seenIn: { mailId: "m1" }, name: "mx3.provider.example" });
  });

  it("one that brings mail of many senders and is nobody's we know is asked about, a sender's own is not", () => {
    const gate = "from gate.filter.example (gate.filter.example [203.0.113.5]) by mx3.provider.example (Postfix); x";
    const hops = hopsOf([1, 2, 3].map((n) => mail(n, [gate])).concat(mail(4, [entry])), []);
    expect(hops).toEqual([expect.objectContaining({ address: "203.0.113.5", standing: "asks", senders: 3 })]);
  });

  const bringsIn = (name: string) =>
    `from shop (${name} [203.0.113.9]) by store7.provider.example (Postfix) with ESMTPS id 1; x`;
  const forged = (by: string) =>
    `from mx1.provider.example (mx1.provider.example [203.0.113.66]) by ${by} (Postfix) with ESMTPS id 2; x`;
  const standings = (name: string, by: string) => {
    const mails = [1, 2, 3, 4].map((n) => mail(n, [bringsIn(name), forged(by)]));
    return hopsOf(mails, []).map(({ address, standing }) => [address, standing]);
  };
  const rented = "static.9.113.0.203.clients.provider.example";

  it.each([rented, "store7.provider.example", "mx3.provider.example"])(
    "neither a customer's machine at the provider nor what it writes below is sure, in mails of however many senders: by %s",
    (by) => expect(standings(rented, by)).toEqual([["203.0.113.9", "asks"]]),
  );

  it("a machine whose name tells nothing is taken for the provider's, and what it writes below is still not sure", () => {
    expect(standings("shop.provider.example", "store7.provider.example")).toEqual([["203.0.113.9", "sure"]]);
    expect(standings("shop.provider.example", "shop.provider.example")).toEqual([
      ["203.0.113.9", "sure"],
      ["203.0.113.66", "asks"],
    ]);
  });

  it("a second server behind the first is asked about, until the mailbox's own server names it", () => {
    const second = "from mx4.provider.example (mx4.provider.example [198.51.100.4]) by mx3.provider.example; x";
    const few = [1, 2, 3].map((n) => mail(n, [store, second]));
    const standing = (mails: SeenMail[]) =>
      hopsOf(mails, []).find(({ address }) => address === "198.51.100.4")?.standing;
    expect(standing(few)).toBe("asks");
    const named = second.replace("by mx3", "by store7");
    expect(standing([...few, mail(4, [named])])).toBe("rare");
    expect(standing([...few, mail(4, [named]), mail(5, [named])])).toBe("sure");
  });

  it("an address that stood outside once is never sure", () => {
    const claimed = "from mx3.provider.example (unknown [198.51.100.3]) by store7.provider.example; x";
    const hops = hopsOf([mail(1, [store]), mail(2, [store]), mail(3, [claimed])], []);
    expect(hops.map(({ standing }) => standing)).toEqual(["asks"]);
  });

  it("a mailbox that is collected by its public address is one itself", () => {
    const hosts = [
      { name: "info", host: "198.51.100.20" },
      { name: "sales", host: "198.51.100.20" },
      { name: "old", host: "10.0.0.9" },
      { name: "web", host: "pop.provider.example" },
    ];
    expect(hopsOf([], hosts)).toEqual([
      expect.objectContaining({
        address: "198.51.100.20",
        standing: "sure",
        mailboxes: ["info", "sales"],
        seenIn: null,
      }),
    ]);
  });
});

it.each([
  ["mx3.mail.provider.example", "provider.example"],
  ["MX.GMX.net.", "gmx.net"],
  ["mx.web.de", "web.de"],
  ["mail.firm.co.uk", "firm.co.uk"],
  ["co.uk", ""],
  ["localhost", ""],
  ["198.51.100.3", ""],
  ["", ""],
])("%s is of the family %s", (name, family) => expect(familyOf(name)).toBe(family));
