// A sealed password from the Exchange page to the wire, by the real worker: opened there alone, sent to the trusted
// certificate alone. Then the server's certificate changes, for the better and for the worse, and so does its password.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { laneAfterSettingsChange } from "@/domain/lane/control";
import { sqlOf, sqlTransaction } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { putSecret } from "@/domain/secret/store";
import { type TestDatabase, testDatabase } from "@/test/database";
import {
  addMail,
  allQuiet,
  type Company,
  laneOf,
  mailComes,
  mailOf,
  makeCompany,
  timePasses,
  until,
} from "@/test/delivering";
import { authority, certificate } from "@/test/servers/certificates";
import { type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { type Place, preparePlace, startWorker, type WorkerProcess } from "@/test/worker-process";

const patience = 60_000;
const account = "CONTOSO\\ferry";
const password = "Ma1l.ferry-p4ss";
let db: TestDatabase;
let place: Place;
let server: ExchangeServer;
let worker: WorkerProcess;
let company: Company;

beforeAll(async () => {
  db = await testDatabase();
  place = await preparePlace(db, { MAILFERRY_LEASE_SECONDS: "30" });
  const own = await certificate();
  server = await startExchange({ certificate: own, auth: ["LOGIN"], users: { [account]: password } });
  company = await makeCompany(db, server.port, {
    username: account,
    certificate: `sha256:${own.fingerprint}`,
    certificate_name: "localhost",
    timeout_seconds: 30,
  });
  const scope = mintScope(db.web, company.tenantId, { kind: "command", name: "t" });
  await sqlTransaction(db.owner.pool, (sql) => putSecret(sql, scope, company.exchangeId, "password", password));
  // What an authority that the machine trusts is to a real worker.
  const authorities = join(place.folder, "authority.pem");
  writeFileSync(authorities, await authority());
  worker = startWorker(place, { NODE_EXTRA_CA_CERTS: authorities });
});
afterAll(async () => {
  await worker.kill();
  await server.stop();
  await db.drop();
  rmSync(place.folder, { recursive: true, force: true });
});

const open = () =>
  until(
    () => laneOf(company),
    ({ state }) => state === "open",
    patience,
  );
const verbs = () => server.commands.map((line) => line.split(/[ :]/, 1)[0] ?? "");

it("signs in over the encrypted connection, and the password is nowhere else", async () => {
  await mailComes(company, await addMail(company), { place: "delivered" }, patience);
  expect(server.mails[0]).toMatchObject({ user: account });
  expect(server.mails[0]?.tls).toMatch(/^TLSv1\.[23]$/);
  const talk = verbs();
  expect(talk.indexOf("STARTTLS")).toBeLessThan(talk.indexOf("AUTH"));
  expect(talk.indexOf("AUTH")).toBeLessThan(talk.indexOf("MAIL"));
  const kept = await company.sql.query<{ text: string }>(
    "select conversation::text as text from attempt where tenant_id = $1",
    [company.tenantId],
  );
  for (const words of [...kept.map(({ text }) => text), worker.log()]) {
    expect(words).not.toContain(password);
    expect(words).not.toContain(Buffer.from(password).toString("base64"));
  }
  await allQuiet(company);
}, 90_000);

it("a pinned server that now shows a certificate which this machine verifies goes on, and says so", async () => {
  server.options.certificate = await certificate({ signed: true });
  await mailComes(company, await addMail(company), { place: "delivered" }, patience);
  expect(server.mails.at(-1)).toMatchObject({ user: account });
  const lane = await laneOf(company);
  expect(lane.state).toBe("closed");
  expect(lane.warning).toMatch(/another certificate than the trusted one.*mail goes on/);
  await allQuiet(company);
}, 90_000);

it("any other change stops before AUTH and MAIL, and both certificates are kept to be compared", async () => {
  const other = await certificate({ edition: 2 });
  server.options.certificate = other;
  server.commands.length = 0;
  const id = await addMail(company);
  const lane = await open();
  expect(lane.reason_kind).toBe("certificate");
  expect(lane.certificate_change).toMatchObject({
    trusted: { fingerprint: (await certificate({ signed: true })).fingerprint },
    seen: { fingerprint: other.fingerprint },
  });
  expect(verbs().filter((verb) => verb === "AUTH" || verb === "MAIL")).toEqual([]);
  expect(await mailOf(company, id)).toMatchObject({ state: "ready", attempts: 0 });
  // A person trusts it: the new pin, and the lane is tried at once.
  await company.sql.query("update exchange set certificate = $2 where tenant_id = $1", [
    company.tenantId,
    `sha256:${other.fingerprint}`,
  ]);
  await sqlTransaction(db.owner.pool, (sql) => laneAfterSettingsChange(sql, company.tenantId, company.exchangeId));
  await mailComes(company, id, { place: "delivered" }, patience);
  await allQuiet(company);
}, 90_000);

it("a refused password stops the lane with its words; mail waits, charged nothing, until it is right again", async () => {
  server.options.users = { [account]: "another" };
  const id = await addMail(company);
  const lane = await open();
  expect(lane.reason_kind).toBe("sign-in");
  expect(lane.reason).toMatch(/refused the user name or password.*535 5\.7\.3/s);
  expect(await mailOf(company, id)).toMatchObject({ state: "ready", attempts: 0, place: "waiting" });
  server.options.users = { [account]: password };
  server.options.refuseSendAs = true;
  await timePasses(company);
  // Signed in and not allowed to send for others: the command names the account.
  const refused = await until(
    () => laneOf(company),
    ({ reason_kind }) => reason_kind === "send-as",
    patience,
  );
  expect(refused.reason).toContain(
    `Add-ADPermission -User '${account}' -ExtendedRights ms-Exch-SMTP-Accept-Any-Sender`,
  );
  server.options.refuseSendAs = false;
  await timePasses(company);
  await mailComes(company, id, { place: "delivered" }, patience);
  expect(await sqlOf(db.owner.pool).query("select 1 from notice where tenant_id = $1", [company.tenantId])).toEqual([]);
}, 120_000);
