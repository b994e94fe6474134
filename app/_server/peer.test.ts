import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ownPath } from "./own-path";
import { isOwnOrigin, visitorAddress } from "./peer";

const before = { ...process.env };
beforeEach(() => {
  process.env.MAILFERRY_URL = "https://ferry.example";
  process.env.MAILFERRY_WEB_DATABASE_URL = "postgresql://unused.example/x";
  process.env.MAILFERRY_TRUSTED_PROXIES = "10.0.0.0/8";
});
afterEach(() => {
  process.env = { ...before };
});

describe("isOwnOrigin", () => {
  it.each([
    ["the configured address", { origin: "https://ferry.example", host: "inner:3000" }, true],
    ["the host that was asked", { origin: "http://127.0.0.1:3000", host: "127.0.0.1:3000" }, true],
    ["no Origin", { host: "ferry.example" }, false],
    ["Origin null", { origin: "null", host: "ferry.example" }, false],
    ["another site", { origin: "https://evil.example", host: "ferry.example" }, false],
    ["another port", { origin: "https://ferry.example:8443", host: "ferry.example" }, false],
    ["a look-alike", { origin: "https://ferry.example.evil.example", host: "ferry.example" }, false],
  ])("%s", (_what, given, own) => {
    expect(isOwnOrigin(new Headers(given as Record<string, string>))).toBe(own);
  });
});

it("takes the address that the nearest trusted proxy saw, never what a client put before it", () => {
  const seen = (text: string) => visitorAddress(new Headers({ "x-forwarded-for": text }));
  expect(seen("192.0.2.7")).toBe("192.0.2.7");
  expect(seen("203.0.113.9, 192.0.2.7, 10.1.1.1")).toBe("192.0.2.7");
  expect(seen("10.1.1.1")).toBe("10.1.1.1");
});

it.each([
  ["/t/contoso/badmail?page=2", "/t/contoso/badmail?page=2"],
  ["//evil.example", "/"],
  ["/.//evil.example", "/"],
  ["/t/..//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example/", "/"],
  ["javascript:alert(1)", "/"],
  ["/\nevil", "/"],
  ["", "/"],
])("after the sign-in %s leads to %s", (next, path) => {
  expect(ownPath(next)).toBe(path);
});
