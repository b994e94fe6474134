// The preview's child: what it finds in ordinary mail, and what mail that is made to hurt can't do.
import { expect, test } from "vitest";
import { attachmentOf, previewBytes, previewLimits, saysHtml } from "./preview";

const crlf = (lines: string[]) => Buffer.from(lines.join("\r\n"));
const seen = async (mail: Buffer) => {
  const preview = await previewBytes(mail);
  if (typeof preview === "string") throw new Error(preview);
  return preview;
};

const ordinary = crlf([
  "From: a@b.example",
  "Subject: x",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="m"',
  "",
  "--m",
  "Content-Type: multipart/alternative; boundary=alt",
  "",
  "--alt",
  "Content-Type: text/plain; charset=iso-8859-1",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "Gr=FC=DFe",
  "--alt",
  "Content-Type: text/html; charset=utf-8",
  "",
  '<p onclick="x()">Hello</p><script>bad()</script><link rel=preconnect href=//evil.example><META http-equiv=refresh>',
  "--alt--",
  "--m",
  'Content-Type: image/svg+xml; name="../../logo\u202Egpj.svg"',
  'Content-Disposition: attachment; filename="../../logo\u202Egpj.svg"',
  "",
  "<svg><script>1</script></svg>",
  "--m--",
  "",
]);

test("text, HTML without what fetches or runs, and attachments", async () => {
  const preview = await seen(ordinary);
  expect(preview.text).toContain("Grüße");
  expect(preview.html).toContain("<p");
  expect(preview.html).not.toMatch(/<(script|link|meta)/i);
  expect(preview.attachments).toEqual([
    expect.objectContaining({ n: 0, type: "image/svg+xml", name: expect.not.stringContaining("\u202E") }),
  ]);
  const file = await attachmentOf(ordinary, 0);
  expect(file && typeof file === "object" && file.content.toString().trim()).toBe("<svg><script>1</script></svg>");
  expect(await attachmentOf(ordinary, 1)).toBeNull();
});

test("what is no mail at all is read as far as it goes", async () => {
  expect((await seen(Buffer.from([0, 255, 13, 10, 13, 10, 0, 200]))).attachments).toEqual([]);
  expect(await previewBytes(Buffer.alloc(0))).toEqual(expect.objectContaining({ text: "" }));
});

const parts = (n: number) =>
  crlf([
    "Content-Type: multipart/mixed; boundary=b",
    "",
    ...Array.from({ length: n }, () => "--b\r\n\r\nx"),
    "--b--",
    "",
  ]);

/** `n` multiparts, each in the one before. */
function deep(n: number): Buffer {
  const open = Array.from({ length: n }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}`);
  return crlf([...open, "Content-Type: text/plain", "", "the end", ""]);
}

test("200 parts and 20 levels are shown, more are not", async () => {
  expect((await seen(parts(190))).text).toContain("x");
  expect(await previewBytes(parts(201))).toBe("too-much");
  expect((await seen(deep(20))).text).toContain("the end");
  expect(await previewBytes(deep(21))).toBe("too-much");
});

test("bombs end in bounds of time and memory", async () => {
  const nested = `<b>`.repeat(500_000);
  const bombs = [
    parts(100_000),
    deep(10_000),
    crlf(["Content-Type: text/html", "", nested]),
    crlf(["Content-Type: text/plain", "", "http://a.b ".repeat(180_000)]),
    crlf([`Subject: ${"=?utf-8?b?QQ==?= ".repeat(100_000)}`, "", "x"]),
    crlf(["X: y", ...Array.from({ length: 200_000 }, () => "A: b"), "", "x"]),
    crlf([
      "Content-Type: multipart/mixed; boundary=b",
      "",
      ...Array.from({ length: 20_000 }, () => "boundary=q --b"),
      "",
    ]),
  ];
  for (const [n, bomb] of bombs.entries()) {
    const began = performance.now();
    const before = process.memoryUsage().rss;
    const preview = await previewBytes(bomb.subarray(0, previewLimits.octets));
    expect(performance.now() - began, `time of bomb ${n}`).toBeLessThan(previewLimits.ms + 2000);
    expect(process.memoryUsage().rss - before, `memory of bomb ${n}`).toBeLessThan(64 * 1024 * 1024);
    expect(typeof preview === "string" || preview.text.length <= 512 * 1024).toBe(true);
  }
}, 60_000);

test("whether there is HTML is known without taking the mail apart", () => {
  expect(saysHtml(ordinary)).toBe(true);
  expect(saysHtml(crlf(["Subject: x", "content-type:", " TEXT/HTML; charset=utf-8", "", "<p>x"]))).toBe(true);
  expect(saysHtml(crlf(["Subject: x", "Content-Type: text/plain", "", "text/html is a type."]))).toBe(false);
  expect(saysHtml(crlf(["Subject: x", "", "x"]))).toBe(false);
});
