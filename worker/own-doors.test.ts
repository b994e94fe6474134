// This installation's own doors, however its database is named.
import { expect, it } from "vitest";
import { networkPolicy, whyRefused } from "@/mail/network";
import { ownDoors } from "./own-doors";

const resolver = async () => ["10.0.0.5"];

it.each([
  ["postgresql://w:p@db.internal:5433/x", "10.0.0.5", 5433],
  ["postgresql://w:p@10.0.0.5/x", "10.0.0.5", 5432],
  ["postgresql://w:p@[fd00:1::5]:5432/x", "fd00:1::5", 5432],
])("the database of %s is no mail server", async (url, address, port) => {
  const policy = networkPolicy(
    ["10.0.0.0/8"],
    [],
    await ownDoors({ databaseUrl: url, url: "", portalPort: 3000 }, resolver),
  );
  expect(whyRefused(address, policy, port)).toContain("own database");
  expect(whyRefused(address, policy, 25)).toBeNull();
});

it.each([
  ["https://mailferry.provider.example", 443],
  ["http://mailferry.provider.example", 80],
  ["https://mailferry.provider.example:8443", 8443],
])("the portal of %s is no mail server", async (url, port) => {
  const doors = await ownDoors({ databaseUrl: "postgresql://w:p@10.0.0.9/x", url, portalPort: 3000 }, resolver);
  const policy = networkPolicy(["10.0.0.0/8", "127.0.0.0/8"], [], doors);
  expect(whyRefused("10.0.0.5", policy, port)).toContain("portal");
  expect(whyRefused("10.0.0.5", policy, 25)).toBeNull();
  expect(whyRefused("127.0.0.1", policy, 3000)).toContain("portal");
  expect(whyRefused("127.0.0.1", policy, 25)).toBeNull();
});
