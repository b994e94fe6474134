// What a browser never shows: secrets in answers and logs, forged cookies and headers, and the headers that pages carry.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { encode } from "next-auth/jwt";
import { newToken } from "@/domain/person/token";
import { pageDoors, routeDoors } from "../test/doors";
import { certificate } from "../test/servers/certificates";
import { startExchange } from "../test/servers/exchange";
import { actionNamed, builtActions, type Caller, callAction, fill, get, submitForm } from "./calls";
import { configOf, mailText, recipientOf } from "./company-world";
import { type Company, enterAs, expect, password, startLog, test } from "./fixtures";
import { startPortal } from "./start";
import { valuesFor } from "./values";

const folder = () => process.env.MAILFERRY_E2E_DATA ?? "";
const signInAction = () => actionNamed("app/sign-in/actions.ts", "signIn");
const adminOf = (company: Company) => ({ email: company.person("admin"), password });

/** The session cookie of an answer. */
function cookieIn(response: Response): { name: string; value: string; line: string } | null {
  const line = response.headers.getSetCookie().find((each) => /^(__Host-)?mailferry-session=[^;]/.test(each));
  if (!line) return null;
  const [pair = ""] = line.split(";");
  return { name: pair.slice(0, pair.indexOf("=")), value: pair.slice(pair.indexOf("=") + 1), line };
}

test.describe("signing in", () => {
  test("takes nothing for a session that isn't exactly one of ours", async ({ url, owner, company }) => {
    const good = await owner.cookieOf(company.person("admin"));
    const home = (value: string) => get({ url, cookie: { name: good.name, value } }, `/t/${company.slug}`);
    expect((await home(good.value)).status).toBe(200);
    const secret = readFileSync(join(folder(), "nextauth.secret"), "utf8").trim();
    const { id } = await owner.db.prisma.person.findUniqueOrThrow({ where: { email: company.person("admin") } });
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(`{"session":"${newToken()}"}`).toString("base64url")}.`;
    const forged = [
      "",
      "x",
      none,
      good.value.slice(0, -4),
      await encode({ token: { session: newToken() }, secret }),
      await encode({ token: { session: newToken() }, secret: "another secret" }),
      await encode({ token: { sub: id, email: company.person("admin") }, secret }),
      await encode({ token: { session: { equals: "" } }, secret }),
      await encode({ token: { session: ["%"] }, secret }),
    ];
    for (const value of forged) expect((await home(value)).status, value.slice(0, 40)).toBe(307);
    const { value: past } = await owner.cookieOf(company.person("admin"));
    await owner.db.prisma.session.updateMany({ where: { personId: id }, data: { expiresAt: new Date(0) } });
    expect((await home(past)).status).toBe(307);
  });

  test("lets nobody in where the secret is missing, whatever started the portal", async ({ owner, company }) => {
    const database = readFileSync(join(folder(), "web.url"), "utf8").trim();
    const portal = await startPortal(folder(), { MAILFERRY_WEB_DATABASE_URL: database }, "next");
    try {
      const { url } = portal;
      for (const value of [
        (await owner.cookieOf(company.person("admin"))).value,
        await encode({ token: { session: newToken() }, secret: "undefined" }),
      ]) {
        const caller = { url, cookie: { name: "mailferry-session", value } };
        expect((await get(caller, `/t/${company.slug}`)).status).toBe(500);
        const save = actionNamed("app/t/[tenant]/exchange/actions.ts", "current");
        const said = await callAction(caller, save, `/t/${company.slug}/exchange`, [company.slug, {}]);
        expect(said.answer?.ok).not.toBe(true);
      }
      const signedIn = await submitForm({ url, cookie: null }, signInAction(), "/sign-in", {
        ...adminOf(company),
        next: "/",
      });
      expect(cookieIn(signedIn)).toBeNull();
    } finally {
      await portal.stop();
    }
  });

  test("takes no sign-in and no sign-out that a page of another site sent", async ({ url, owner, company }) => {
    const csrf = await fetch(`${url}/api/auth/csrf`);
    const { csrfToken } = (await csrf.json()) as { csrfToken: string };
    const brought = csrf.headers.getSetCookie().map((line) => line.split(";")[0] ?? "");
    const post = (path: string, origin: string | null, cookies: string[]) =>
      fetch(`${url}/api/auth/${path}`, {
        method: "POST",
        headers: { cookie: cookies.join("; "), ...(origin ? { origin } : {}) },
        body: new URLSearchParams({ csrfToken, json: "true", ...adminOf(company) }),
        redirect: "manual",
      });
    const session = await owner.cookieOf(company.person("admin"));
    const signedIn = [...brought, `${session.name}=${session.value}`];
    for (const origin of [null, "null", "https://evil.example"]) {
      const entered = await post("callback/credentials", origin, brought);
      expect([entered.status, cookieIn(entered)]).toEqual([403, null]);
      expect((await post("signout", origin, signedIn)).status).toBe(403);
    }
    const home = () => get({ url, cookie: session }, `/t/${company.slug}`);
    expect((await home()).status).toBe(200);
    expect(cookieIn(await post("callback/credentials", url, brought))).not.toBeNull();
    await post("signout", url, signedIn);
    expect((await home()).status).toBe(307);
  });

  test("sets a cookie that scripts can't read, and over https one that is bound to the host", async ({
    url,
    company,
  }) => {
    const plain = cookieIn(await submitForm({ url, cookie: null }, signInAction(), "/sign-in", adminOf(company)));
    expect(plain?.line).toMatch(/; HttpOnly/i);
    expect(plain?.line).toMatch(/; SameSite=lax/i);
    // As behind a proxy that ends TLS and tells so.
    const https = { MAILFERRY_URL: "https://ferry.provider.example", MAILFERRY_TRUSTED_PROXIES: "127.0.0.0/8" };
    const portal = await startPortal(folder(), https);
    try {
      const headers = {
        origin: "https://ferry.provider.example",
        "x-forwarded-host": "ferry.provider.example",
        "x-forwarded-proto": "https",
        "x-forwarded-for": "203.0.113.9",
      };
      const response = await submitForm(
        { url: portal.url, cookie: null },
        signInAction(),
        "/sign-in",
        adminOf(company),
        headers,
      );
      const cookie = cookieIn(response);
      expect(cookie?.name).toBe("__Host-mailferry-session");
      expect(cookie?.line).toMatch(/; Secure/i);
      const page = await get({ url: portal.url, cookie }, `/t/${company.slug}`);
      expect(page.status).toBe(200);
      expect(page.headers.get("strict-transport-security")).toMatch(/max-age=31536000/);
    } finally {
      await portal.stop();
    }
  });
});

test("forwarding headers are believed from configured proxies only", async ({ url, owner, company }) => {
  const forged = {
    "x-forwarded-for": "198.51.100.1, 203.0.113.9",
    "x-real-ip": "198.51.100.1",
    forwarded: "for=198.51.100.1",
  };
  const seenBy = async (portal: string) => {
    const caller = { url: portal, cookie: null };
    const response = await submitForm(caller, signInAction(), "/sign-in", adminOf(company), forged);
    expect(cookieIn(response)).not.toBeNull();
    const newest = await owner.db.prisma.session.findFirst({
      where: {
        personId: (await owner.db.prisma.person.findUniqueOrThrow({ where: { email: company.person("admin") } })).id,
      },
      orderBy: { createdAt: "desc" },
    });
    return newest?.address;
  };
  expect(await seenBy(url)).toBe("address:127.0.0.1");
  const hostile = { "x-forwarded-host": "evil.example", origin: "https://evil.example" };
  const refused = await submitForm({ url, cookie: null }, signInAction(), "/sign-in", adminOf(company), hostile);
  expect(cookieIn(refused)).toBeNull();
  const portal = await startPortal(folder(), { MAILFERRY_TRUSTED_PROXIES: "127.0.0.0/8" });
  try {
    expect(await seenBy(portal.url)).toBe("address:203.0.113.9");
  } finally {
    await portal.stop();
  }
});

test("every page carries a policy with a nonce of its own and is kept by nobody", async ({ url, owner, company }) => {
  const caller: Caller = { url, cookie: await owner.cookieOf(await owner.makePlatformPerson("admin", password)) };
  const nonces = new Set<string>();
  const pages = pageDoors().filter(({ path }) => !path.includes("[id]"));
  for (const { path, door } of pages) {
    const address = fill(path, { tenant: company.slug, slug: company.slug, token: "none" });
    const response = await get(door === "open" ? { url, cookie: null } : caller, address);
    const html = await response.text();
    const policy = response.headers.get("content-security-policy") ?? "";
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
    expect(nonce.length, path).toBeGreaterThan(20);
    expect(nonces.has(nonce), path).toBe(false);
    nonces.add(nonce);
    const scripts = /script-src ([^;]+)/.exec(policy)?.[1] ?? "";
    expect(scripts).not.toMatch(/unsafe|\*|https?:/);
    for (const part of [
      "default-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
    ])
      expect(policy, path).toContain(part);
    const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>/g)].filter(
      ([tag]) => !tag.includes(`nonce="${nonce}"`) && !/nonce=""/.test(tag),
    );
    expect(
      inline.map(([tag]) => tag),
      path,
    ).toEqual([]);
    expect(response.headers.get("cache-control"), path).toContain("no-store");
    expect(response.headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(response.headers.get("x-frame-options"), path).toBe("DENY");
    expect(response.headers.get("referrer-policy"), path).toBe("same-origin");
    expect(response.headers.get("x-powered-by"), path).toBeNull();
  }
  for (const { path } of routeDoors().filter(({ door, method }) => door === "tenant" && method === "GET")) {
    const response = await get(caller, fill(path, { tenant: company.slug }));
    expect(response.headers.get("cache-control"), path).toMatch(/no-store|no-cache/);
    expect(response.headers.get("x-content-type-options"), path).toBe("nosniff");
  }
});

test("no secret is in any answer or in any log, after real work with each of them", async ({
  url,
  owner,
  company,
  pop3,
}) => {
  const canary = { smtp: "canary of Exchange 7391", body: "canary of a body 5512", hash: "$argon2" };
  const made = await certificate({ names: ["EX01.contoso.example"] });
  const server = await startExchange({ certificate: made, auth: ["LOGIN", "PLAIN"], users: { scan: canary.smtp } });
  try {
    pop3.add("box", mailText("A secret matter", canary.body));
    const pinned = ["username: scan", `password: ${canary.smtp}`, `certificate: "sha256:${made.fingerprint}"`];
    await owner.bringIn(configOf(company, server, pop3, pinned));
    const [mail] = await server.arrived(1, 30_000);
    expect(mail?.user).toBe("scan");
    const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
    const { rows: sealed } = await owner.db.pool.query<{ hex: string; base64: string }>(
      "select encode(sealed, 'hex') as hex, encode(sealed, 'base64') as base64 from secret where tenant_id = $1",
      [tenantId],
    );
    expect(sealed).toHaveLength(2);
    const session = await owner.cookieOf(company.person("admin"));
    const caller: Caller = { url, cookie: session };
    const platform: Caller = { url, cookie: await owner.cookieOf(await owner.makePlatformPerson("admin", password)) };
    const wire = ["box password", canary.smtp].flatMap((text) => [
      text,
      Buffer.from(text).toString("base64"),
      encodeURIComponent(text),
    ]);
    const secrets = [
      ...wire,
      canary.hash,
      ...sealed.flatMap(({ hex, base64 }) => [hex.slice(0, 40), base64.slice(0, 40)]),
    ];
    const clean = (text: string, where: string) => {
      for (const secret of secrets) expect(text.includes(secret), `${secret} in ${where}`).toBe(false);
    };
    const mailbox = await owner.db.prisma.mailbox.findFirstOrThrow({ where: { tenantId } });
    const row = await owner.db.prisma.mail.findFirstOrThrow({ where: { tenantId } });
    for (const { path, door } of pageDoors()) {
      const id = path.includes("/mailboxes/") ? mailbox.id : row.id;
      const at = fill(path, { tenant: company.slug, slug: company.slug, id });
      clean(await (await get(door === "tenant" ? caller : platform, at)).text(), path);
    }
    for (const { path, door, grant, method } of routeDoors())
      if (grant && method === "GET") {
        const { cookie } = door === "tenant" ? caller : platform;
        const response = await fetch(`${url}${fill(path, { tenant: company.slug, id: row.id })}`, {
          headers: { cookie: cookie ? `${cookie.name}=${cookie.value}` : "" },
          signal: AbortSignal.timeout(3000),
        });
        const stream = response.headers.get("content-type")?.includes("event-stream");
        clean(stream ? "" : await response.text(), path);
        await response.body?.cancel().catch(() => {});
      }
    const test = actionNamed("app/t/[tenant]/exchange/actions.ts", "test");
    const probe = await testStored(caller, company, test);
    await expect
      .poll(
        async () =>
          (await owner.db.prisma.probe.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: probe } } })).state,
        { timeout: 30_000 },
      )
      .toBe("done");
    clean(await (await get(caller, `/api/t/${company.slug}/probes/${probe}`)).text(), "a test's conversation");
    // Last, since some of them change what is there.
    for (const action of builtActions().filter(({ kind }) => kind === "tenant"))
      for (const input of [{}, valuesFor(mailbox.id, company), valuesFor(row.id, company)])
        clean(
          (await callAction(caller, action, fill(action.page, { tenant: company.slug }), [company.slug, input])).text,
          action.name,
        );
    const log = startLog();
    expect(log).toContain('"name":"worker"');
    clean(log, "the logs");
    for (const secret of [canary.body, session.value, password])
      expect(log.includes(secret), `${secret} in the logs`).toBe(false);
  } finally {
    await server.stop();
  }
});

/** Asks for a test with what is stored, password included; answers the probe's id. */
async function testStored(caller: Caller, company: Company, action: ReturnType<typeof actionNamed>): Promise<string> {
  const path = `/t/${company.slug}/exchange`;
  const current = actionNamed("app/t/[tenant]/exchange/actions.ts", "current");
  const stored = (await callAction(caller, current, path, [company.slug, {}])).answer?.data;
  if (typeof stored !== "object" || stored === null || !("settings" in stored))
    throw new Error("no settings are stored");
  const version = "version" in stored ? stored.version : 0;
  const { answer } = await callAction(caller, action, path, [company.slug, { ...Object(stored.settings), version }]);
  const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(JSON.stringify(answer?.data ?? ""))?.[0];
  if (!id) throw new Error(`no test began: ${JSON.stringify(answer)}`);
  return id;
}

const hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>";
const mime = (subject: string, parts: [type: string, words: string, name?: string][]): string =>
  mailText(
    subject,
    [
      ...parts.map(
        ([type, words, name]) =>
          `--b\r\nContent-Type: ${type}\r\n${name ? `Content-Disposition: attachment; filename="${name}"\r\n` : ""}\r\n${words}\r\n`,
      ),
      "--b--",
    ].join(""),
  ).replace("Subject:", 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\nSubject:');

/** Hears whoever follows an address in a mail. */
async function listener() {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? "");
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  return { url, hits, stop: () => new Promise((done) => server.close(done)) };
}

test("a hostile mail is words in a page, its HTML does and fetches nothing, its files are only saved", async ({
  page,
  url,
  owner,
  company,
  pop3,
  exchange,
}) => {
  const evil = await listener();
  const html = `${hostile}<p>the words of it</p><a href="javascript:alert(3)">press</a><iframe src="javascript:alert(4)"></iframe>
<svg onload=alert(5)></svg><style>@import "${evil.url}/a.css";p{background:url(${evil.url}/b.png)}</style>
<form action="${evil.url}/"><input name=q autofocus onfocus=alert(6)></form><meta http-equiv=refresh content="0;url=${evil.url}/">
<img src="${evil.url}/c.png"><link rel=stylesheet href="${evil.url}/d.css"><base href="${evil.url}/">`;
  pop3.add(
    "box",
    mime(hostile, [
      ["text/html", html],
      ["image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(7)'/>", "a.svg"],
      ["text/html", "<script>alert(8)</script>", "b.html"],
    ]),
  );
  await owner.bringIn(configOf(company, exchange, pop3));
  await exchange.arrived(1, 30_000);
  const asked: string[] = [];
  page.on("dialog", (dialog) => dialog.dismiss().then(() => asked.push(dialog.message())));
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}/messages`);
  await page.getByRole("link", { name: hostile }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(hostile);
  await expect(page.getByRole("main")).toContainText(recipientOf(company));
  await page.getByRole("navigation", { name: "Parts of the mail" }).getByRole("link", { name: "HTML" }).click();
  const frame = page.frameLocator("iframe");
  await expect(frame.getByText("the words of it")).toBeVisible();
  await expect(page.locator("iframe")).toHaveAttribute("sandbox", "");
  await frame.getByText("press").click();
  await expect(frame.getByText("the words of it")).toBeVisible();
  expect(asked).toEqual([]);
  // What a policy blocks never leaves the browser.
  expect(evil.hits).toEqual([]);
  await evil.stop();

  const { id } = await owner.db.prisma.mail.findFirstOrThrow({
    where: {
      subject: hostile,
      tenantId: (await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } })).id,
    },
  });
  const caller = { url, cookie: await owner.cookieOf(company.person("operator")) };
  const files = `/api/t/${company.slug}/messages/${id}`;
  for (const [path, type] of [
    ["/eml", "message/rfc822"],
    ["/attachments/0", "application/octet-stream"],
    ["/attachments/1", "application/octet-stream"],
  ]) {
    const { status, headers } = await get(caller, `${files}${path}`);
    expect(status, path).toBe(200);
    expect(headers.get("content-type"), path).toBe(type);
    expect(headers.get("content-disposition"), path).toMatch(/^attachment; /);
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(headers.get("cache-control"), path).toContain("no-store");
  }
  const policy = (await get(caller, `${files}/html`)).headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("sandbox");
  expect(policy).not.toContain("script-src");
  const viewer = { url, cookie: await owner.cookieOf(company.person("viewer")) };
  for (const path of ["/eml", "/html", "/attachments/0"])
    expect((await get(viewer, `${files}${path}`)).status, path).toBe(403);
  const looks = await owner.db.prisma.audit.findMany({ where: { who: company.person("operator") } });
  expect(looks.map(({ action }) => action)).toEqual(expect.arrayContaining(["message.look", "message.download"]));
});
