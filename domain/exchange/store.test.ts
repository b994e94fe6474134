// The Exchange server's store on a real Postgres with the portal's own role.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { Conflict, Refusal } from "@/lib/errors";
import { makeTemplate, type TestDatabase, testDatabase } from "@/test/database";
import { meanwhile } from "@/test/meanwhile";
import { type ExchangeEdit, type ExchangeSettings, exchangeDefaults } from "./schema";
import { readExchange, workerNameOf } from "./store";
import { pauseExchange, saveExchange, trustCertificate } from "./store-write";

let db: TestDatabase;
let ours: TenantScope;
let theirs: TenantScope;
const person = { kind: "person", personId: "00000000-0000-4000-8000-000000000001", name: "Ada" } as const;

const settings: ExchangeSettings = {
  ...exchangeDefaults,
  host: "192.168.1.15",
  certificateName: "mail.contoso.example",
  tls: "require",
  certificate: "system",
  username: "scan",
  postmaster: "postmaster@contoso.example",
};
const edit = (change: Partial<ExchangeEdit> = {}): ExchangeEdit => ({ ...settings, version: 0, ...change });

const tenant = async (slug: string): Promise<TenantScope> => {
  const rows = await db.owner.pool.query(
    "insert into tenant (slug, name, time_zone) values ($1, $1, 'UTC') returning id",
    [slug],
  );
  return mintScope(db.web, rows.rows[0].id, person);
};

beforeAll(async () => {
  await makeTemplate();
  db = await testDatabase();
  await db.owner.pool.query("insert into site_key (key_id, site, public_key) values ('k', 'main', $1)", [
    Buffer.from("0900000000000000000000000000000000000000000000000000000000000000", "hex"),
  ]);
}, 60_000);
afterAll(() => db?.drop());

let n = 0;
beforeEach(async () => {
  n += 1;
  ours = await tenant(`ours-${n}`);
  theirs = await tenant(`theirs-${n}`);
});

const refusal = (work: Promise<unknown>): Promise<Refusal> =>
  work.then(
    () => Promise.reject(new Error("it was not refused")),
    (error: unknown) => (error instanceof Refusal ? error : Promise.reject(error)),
  );

describe("saving", () => {
  it("makes server, lane, sealed password and audit entry, and gives the values back", async () => {
    const saved = await saveExchange(ours, edit({ password: "s3cret" }));
    const found = await readExchange(ours);
    expect(found).toMatchObject({ id: saved.id, settings, hasPassword: true, version: 1, updatedBy: "Ada" });
    expect(found?.lane).toMatchObject({ state: "closed", reason: null, waiting: 0 });
    const audit = await db.owner.pool.query("select who, action, changes from audit where tenant_id = $1", [
      ours.tenantId,
    ]);
    expect(audit.rows).toHaveLength(1);
    expect(audit.rows[0]).toMatchObject({ who: "Ada", action: "exchange.save" });
    expect(audit.rows[0].changes.password).toBe("changed");
    expect(JSON.stringify(audit.rows)).not.toContain("s3cret");
  });

  it("finds nothing of another tenant, and changes nothing there", async () => {
    await saveExchange(ours, edit({ password: "x" }));
    expect(await readExchange(theirs)).toBeNull();
    await expect(pauseExchange(theirs, true)).rejects.toThrow(/no Exchange server yet/);
    expect((await readExchange(ours))?.lane.state).toBe("closed");
  });

  it("tells the second of two people, with who and when, and overwrites nothing", async () => {
    await saveExchange(ours, edit({ password: "x" }));
    await saveExchange(ours, edit({ version: 1, retryMinutes: 20 }));
    const late = await saveExchange(ours, edit({ version: 1, retryMinutes: 30 })).catch((error) => error);
    expect(late).toBeInstanceOf(Conflict);
    expect(late).toMatchObject({ by: "Ada" });
    expect((await readExchange(ours))?.settings.retryMinutes).toBe(20);
    await expect(saveExchange(theirs, edit({ version: 3, password: "x" }))).rejects.toBeInstanceOf(Conflict);
  });

  it("saves once when two people save the first settings at the same moment", async () => {
    const both = await Promise.allSettled([
      saveExchange(ours, edit({ password: "a" })),
      saveExchange(ours, edit({ password: "b" })),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("writes nothing when nothing changed", async () => {
    await saveExchange(ours, edit({ password: "x" }));
    const again = await saveExchange(ours, edit({ version: 1 }));
    expect(again).toMatchObject({ version: 1, changes: {} });
  });
});

describe("a stored password is used only where it was saved for", () => {
  const again: [string, Partial<ExchangeEdit>][] = [
    ["host", { host: "192.168.1.16" }],
    ["port", { port: 587 }],
    ["username", { username: "other" }],
    ["weaker TLS", { tls: "allow" }],
    ["older TLS", { oldestTls: "1.0" }],
    ["a pin", { certificate: `sha256:${"a".repeat(64)}` }],
    ["another name on the certificate", { certificateName: "evil.example" }],
  ];
  for (const [what, change] of again)
    it(`${what}: given again, or refused at the password`, async () => {
      await saveExchange(ours, edit({ password: "x" }));
      const no = await refusal(saveExchange(ours, edit({ version: 1, ...change })));
      expect(no.fields?.password).toMatch(/changed: give the password again/);
      expect((await readExchange(ours))?.settings).toEqual(settings);
      expect((await saveExchange(ours, edit({ version: 1, ...change, password: "y" }))).version).toBe(2);
    });

  it("keeps it when only other fields change", async () => {
    await saveExchange(ours, edit({ password: "x" }));
    await saveExchange(
      ours,
      edit({ version: 1, timeoutSeconds: 90, tls: "implicit", postmaster: "p@contoso.example" }),
    );
    expect(await readExchange(ours)).toMatchObject({ hasPassword: true, version: 2 });
  });

  it("takes no password without a user name", async () => {
    const no = await refusal(saveExchange(ours, edit({ username: "", password: "x" })));
    expect(no.fields?.password).toMatch(/needs its user name/);
    expect(await readExchange(ours)).toBeNull();
  });

  it("forgets it when asked, and when the user name is emptied", async () => {
    await saveExchange(ours, edit({ password: "x" }));
    await saveExchange(ours, edit({ version: 1, username: "" }));
    expect((await readExchange(ours))?.hasPassword).toBe(false);
  });

  it("refuses a user name without any password", async () => {
    expect((await refusal(saveExchange(ours, edit()))).fields?.password).toMatch(/needs its password/);
    await saveExchange(ours, edit({ password: "x" }));
    expect(
      (await refusal(saveExchange(ours, edit({ version: 1, forgetPassword: true })))).fields?.password,
    ).toBeDefined();
  });

  it("the portal's role can't read what it sealed", async () => {
    const read = sqlInTenant(ours, (sql) =>
      sql.query("select sealed from secret where tenant_id = $1", [ours.tenantId]),
    );
    await expect(read).rejects.toThrow(/permission denied/);
  });
});

describe("the lane", () => {
  const stop = (change = "null") =>
    db.owner.pool.query(
      `update lane set state = 'open', reason_kind = 'certificate', reason = 'x', next_try_at = now() + interval '1 hour',
       due_at = now() + interval '1 hour', certificate_change = ${change} where tenant_id = $1`,
      [ours.tenantId],
    );

  it("a save closes the breaker, so that mail moves at once", async () => {
    await saveExchange(ours, edit({ password: "x" }));
    await stop();
    await saveExchange(ours, edit({ version: 1, timeoutSeconds: 61 }));
    const lane = (await readExchange(ours))?.lane;
    expect(lane).toMatchObject({ state: "closed", reason: null, nextTryAt: null });
  });

  it("pausing stops it, and resuming makes it due", async () => {
    await saveExchange(ours, edit({ password: "x" }));
    await pauseExchange(ours, true);
    expect(await readExchange(ours)).toMatchObject({ version: 2, lane: { state: "paused", dueAt: null } });
    await pauseExchange(ours, false);
    expect(await readExchange(ours)).toMatchObject({ settings: { paused: false }, lane: { state: "closed" } });
  });

  it("pausing and trusting keep what somebody else saves at the same moment", async () => {
    const other = async (sql: Sql) => {
      await sql.query("select 1 from tenant where id = $1 for no key update", [ours.tenantId]);
      await sql.query(
        "update exchange set retry_minutes = retry_minutes + 1, version = version + 1 where tenant_id = $1",
        [ours.tenantId],
      );
    };
    const pin = "b".repeat(64);
    await saveExchange(ours, edit({ password: "x" }));
    await meanwhile(db, other, () => pauseExchange(ours, true));
    expect((await readExchange(ours))?.settings).toEqual({ ...settings, retryMinutes: 11, paused: true });
    await pauseExchange(ours, false);
    await stop(`'{"trusted": null, "seen": {"fingerprint": "${pin}"}}'`);
    await meanwhile(db, other, () => trustCertificate(ours, pin, "x"));
    expect((await readExchange(ours))?.settings).toEqual({
      ...settings,
      retryMinutes: 12,
      certificate: `sha256:${pin}`,
    });
  });

  it("trusts only the certificate that it stopped at, and asks for the stored password again", async () => {
    const pin = "b".repeat(64);
    await saveExchange(ours, edit({ password: "x" }));
    await stop(`'{"trusted": null, "seen": {"fingerprint": "${pin}"}}'`);
    await expect(trustCertificate(ours, "c".repeat(64), "x")).rejects.toThrow(/another certificate/);
    expect((await refusal(trustCertificate(ours, pin))).fields?.password).toBeDefined();
    await trustCertificate(ours, pin, "x");
    expect(await readExchange(ours)).toMatchObject({
      settings: { certificate: `sha256:${pin}` },
      lane: { state: "closed", certificateChange: null },
    });
  });
});

it("warns when another company of the site names the same private server, and only then", async () => {
  const plain = { username: "", tls: "allow", certificate: "any", host: "10.1.2.3" } as const;
  expect((await saveExchange(ours, edit(plain))).warnings).toEqual([]);
  expect((await saveExchange(theirs, edit(plain))).warnings[0]).toMatch(/Another company here uses 10\.1\.2\.3:25/);
  await db.owner.pool.query("update tenant set site = 'other' where id = $1", [ours.tenantId]);
  expect((await saveExchange(theirs, edit({ ...plain, version: 1, timeoutSeconds: 70 }))).warnings).toEqual([]);
});

it("names the newest beating worker of the tenant's site for an empty HELO Domain", async () => {
  expect(await workerNameOf(ours)).toBeNull();
  await db.worker.pool.query(
    `insert into worker (id, name, sites, started_at, beat_at) values
     (gen_random_uuid(), 'old.example', '{main}', now() - interval '1 day', now()),
     (gen_random_uuid(), 'new.example', '{main}', now(), now()),
     (gen_random_uuid(), 'gone.example', '{main}', now(), now() - interval '1 hour'),
     (gen_random_uuid(), 'far.example', '{far}', now(), now())`,
  );
  expect(await workerNameOf(ours)).toBe("new.example");
});
