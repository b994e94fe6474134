// A mail is found and traced; what strangers wrote into it runs nothing and fetches nothing; the queue is paused and resumed.
import { createServer } from "node:net";
import type { Page } from "@playwright/test";
import { makeMail } from "../test/mails";
import { type Company, enterAs, expect, test } from "./fixtures";
import type { Owner } from "./owner";

async function storeMail(owner: Owner, company: Company, bytes: Buffer, subject: string, more = {}): Promise<string> {
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const to = [[`info@${company.domain}`, "delivered", "2.6.0 Queued mail for delivery"] as const].map(
    ([address, place, words]): [string, "delivered", string] => [address, place, words],
  );
  return makeMail(owner.db, { tenantId, exchangeId: "" }, { bytes, to, mail: { subject, exchange_id: null, ...more } });
}

/** Counts who connects to it: a connection alone is a leak. */
async function listener() {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, connections: () => connections, stop: () => server.close() };
}

const hostile = (url: string): string[] => [
  `<script>top.hit = 1; fetch("${url}/fetch")</script>`,
  `<script src="${url}/script.js"></script>`,
  `<scr\0ipt>top.hit = 1</scr\0ipt>`,
  `<scr<script>ipt>top.hit = 1</script>`,
  `<img src="${url}/a.png" srcset="${url}/b.png 2x" onerror="top.hit = 1">`,
  `<img src=x onerror="top.hit = 1">`,
  `<svg onload="top.hit = 1"><image href="${url}/svg.png"/><script>top.hit = 1</script></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img src=x onerror="top.hit = 1">`,
  `<link rel="stylesheet" href="${url}/a.css"><link rel="preconnect" href="${url}"><link rel="dns-prefetch" href="${url}">`,
  `<LiNk rel="prefetch" href="${url}/p"><link rel="icon" href="${url}/i"><link rel="modulepreload" href="${url}/m.js">`,
  `<style>@import url("${url}/i.css"); body { background: url("${url}/bg.png") } @font-face { font-family: x; src: url("${url}/f") } p { font-family: x }</style>`,
  `<p style="background-image: url('${url}/style.png'); content: url(${url}/c)">text</p>`,
  `<meta http-equiv="refresh" content="0; url=${url}/refresh"><base href="${url}/">`,
  `<iframe src="${url}/frame"></iframe><iframe srcdoc="<script>top.hit = 1</script>"></iframe>`,
  `<object data="${url}/o"></object><embed src="${url}/e"><applet code="${url}/x"></applet>`,
  `<form action="${url}/form" id="f"><input name="a" autofocus onfocus="top.hit = 1"></form><button form="f">go</button>`,
  `<video src="${url}/v" autoplay poster="${url}/p.png"></video><audio src="${url}/au" autoplay></audio>`,
  `<body background="${url}/bb.png" onload="top.hit = 1"><table background="${url}/t.png"><tr><td>x</table>`,
  `<details open ontoggle="top.hit = 1"><summary>s</summary></details><marquee onstart="top.hit = 1">m</marquee>`,
  `<a href="javascript:top.hit = 1" id="link">click</a><a href="${url}/ping" ping="${url}/ping">p</a>`,
  `--><!--><script>top.hit = 1</script><!--`,
  `</style></title></textarea></xmp><script>top.hit = 1</script>`,
];

const htmlMail = (html: string) =>
  Buffer.from(
    `From: evil@elsewhere.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Good day</p>${html}\r\n--b\r\nContent-Type: text/html; name="page.html"\r\nContent-Disposition: attachment; filename="page.html"\r\n\r\n<script>top.hit = 1</script>\r\n--b\r\nContent-Type: image/svg+xml; name="logo.svg"\r\nContent-Disposition: attachment; filename="logo.svg"\r\n\r\n<svg xmlns="http://www.w3.org/2000/svg" onload="top.hit = 1"/>\r\n--b--\r\n`,
  );

const hit = (page: Page) => page.evaluate(() => Reflect.get(window, "hit") ?? null);

test("HTML of a stranger: nothing leaves, nothing runs, attachments are only saved", async ({
  page,
  owner,
  company,
  url,
}) => {
  const outside = await listener();
  const subject = "<img src=x onerror=top.hit=1>";
  const bytes = htmlMail(hostile(outside.url).join("\n"));
  const id = await storeMail(owner, company, bytes, subject);
  const asked: string[] = [];
  // What the policy blocks is announced as a request too, and ends as "csp": only the rest could have left.
  page.on("requestfinished", (request) => asked.push(request.url()));
  page.on("requestfailed", (request) => {
    if (request.failure()?.errorText !== "csp") asked.push(`${request.url()} ${request.failure()?.errorText}`);
  });
  page.on("dialog", (dialog) => asked.push(`dialog ${dialog.message()}`));
  await enterAs(page, owner, company.person("operator"));
  const here = `/t/${company.slug}/messages/${id}`;
  const files = `/api/t/${company.slug}/messages/${id}`;

  await page.goto(`${here}?show=html`);
  const frame = page.frameLocator("iframe");
  await expect(frame.getByText("Good day")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(subject);
  expect(await hit(page)).toBeNull();
  await expect(page.locator("iframe")).toHaveAttribute("sandbox", "");

  // By itself, outside of the frame, it is as harmless.
  const alone = await page.goto(`${files}/html`);
  const headers = alone?.headers() ?? {};
  expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'unsafe-inline';.* sandbox$/);
  expect(headers["content-security-policy"]).not.toContain(",");
  expect(headers["cache-control"]).toContain("no-store");
  await expect(page.getByText("Good day")).toBeVisible();
  expect(await hit(page)).toBeNull();

  await page.goto(`${here}?show=text`);
  await expect(page.getByText("page.html").first()).toBeVisible();
  for (const n of [0, 1]) {
    const got = await page.request.get(`${url}${files}/attachments/${n}`);
    expect(got.headers()).toMatchObject({
      "content-type": "application/octet-stream",
      "x-content-type-options": "nosniff",
      "content-disposition": expect.stringMatching(/^attachment; filename="(page\.html|logo\.svg)"/),
    });
  }
  const eml = await page.request.get(`${url}${files}/eml`);
  expect((await eml.body()).equals(bytes)).toBe(true);
  expect(eml.headers()["content-disposition"]).toMatch(/^attachment; filename="_img src=x onerror=top.hit=1_\.eml"/);

  expect(asked.filter((one) => !one.startsWith(url) && !one.startsWith("data:"))).toEqual([]);
  expect(outside.connections()).toBe(0);
  const noted = await owner.db.prisma.audit.findMany({ where: { targetId: id }, orderBy: { id: "asc" } });
  expect(noted.map(({ action }) => action)).toEqual([
    ...["message.look", "message.look", "message.look"],
    ...["message.download", "message.download", "message.download"],
  ]);
  outside.stop();
});

test("a viewer sees the journey and no bytes; another company's mail is nowhere", async ({
  page,
  owner,
  company,
  url,
}) => {
  const id = await storeMail(owner, company, Buffer.from("Subject: s\r\n\r\nthe secret text\r\n"), "Board meeting");
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}/messages/${id}?show=text`);
  await expect(page.getByRole("heading", { name: "Board meeting" })).toBeVisible();
  await expect(page.getByText("Accepted by Exchange").first()).toBeVisible();
  await expect(page.getByText("the secret text")).toHaveCount(0);
  const files = `${url}/api/t/${company.slug}/messages/${id}`;
  for (const path of ["eml", "html", "attachments/0"])
    expect((await page.request.get(`${files}/${path}`)).status()).toBe(403);
  const other = await owner.makeCompany(`o${id.slice(0, 7)}`, "four words in a row");
  await enterAs(page, owner, other.person("admin"));
  for (const path of ["eml", "html", "attachments/0"])
    expect((await page.request.get(`${url}/api/t/${other.slug}/messages/${id}/${path}`)).status()).toBe(404);
  await page.goto(`/t/${other.slug}/messages/${id}`);
  await expect(page.getByText("There is nothing here")).toBeVisible();
  await expect(page.getByRole("link", { name: "Search in Messages" })).toBeVisible();
  await page.goto(`/t/${other.slug}/nonsense`);
  await expect(page.getByText("There is nothing here")).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Queue" })).toBeVisible();
});

test("a mail is found by what people know of it, and the address of the search can be sent on", async ({
  page,
  owner,
  company,
}) => {
  const bytes = Buffer.from("Subject: s\r\n\r\nx\r\n");
  const id = await storeMail(owner, company, bytes, "Quotation for 40 pumps", { message_id: "<q40@pumps.example>" });
  await storeMail(owner, company, bytes, "Holiday list");
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}/messages`);
  const box = page.getByRole("searchbox");
  await box.fill("pumps to:info");
  await box.press("Enter");
  await expect(page).toHaveURL(/text=pumps/);
  await expect(page.getByRole("link", { name: "Quotation for 40 pumps" }).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Holiday list" })).toHaveCount(0);
  await page.getByRole("navigation", { name: "State" }).getByRole("link", { name: "BADMAIL" }).click();
  await expect(page.getByText("Nothing fits")).toBeVisible();
  await page.goto(`/t/${company.slug}/messages?text=id:q40@pumps.example&state=delivered`);
  await page.getByRole("link", { name: "Quotation for 40 pumps" }).first().press("Enter");
  await expect(page).toHaveURL(new RegExp(`/messages/${id}$`));
});
