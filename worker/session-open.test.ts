// This installation's own doors, however its database is named.
import { expect, it } from "vitest";
import { networkPolicy, whyRefused } from "@/mail/network";
import { ownDoors } from "./session-open";

it.each([
  ["postgresql://w:p@db.internal:5433/x", "10.0.0.5", 5433],
  ["postgresql://w:p@10.0.0.5/x", "10.0.0.5", 5432],
  ["postgresql://w:p@[fd00:1::5]:5432/x", "fd00:1::5", 5432],
])("the database of %s is no mail server", async (url, address, port) => {
  const policy = networkPolicy(["10.0.0.0/8"], [], await ownDoors(url, async () => ["10.0.0.5"]));
  expect(whyRefused(address, policy, port)).toContain("own database");
  expect(whyRefused(address, policy, 25)).toBeNull();
});
