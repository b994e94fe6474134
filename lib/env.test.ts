// A wrong variable is named with its value and the remedy.
import { describe, expect, it } from "vitest";
import { webEnv, workerEnv } from "./env";

const base = {
  MAILFERRY_WORKER_DATABASE_URL: "postgres://w@127.0.0.1/x",
  MAILFERRY_WEB_DATABASE_URL: "postgres://p@127.0.0.1/x",
};

describe("environment", () => {
  it("has the promised defaults", () => {
    const env = workerEnv(base);
    expect(env).toMatchObject({
      sites: ["main"],
      deleteDelayMinutes: 0,
      digestSeconds: 900,
      uncertainSeconds: 600,
      leaseSeconds: 60,
      databaseLimitGb: null,
    });
    expect(webEnv(base)).toMatchObject({
      host: "127.0.0.1",
      port: 3000,
      url: "http://127.0.0.1:3000",
      trustedProxies: [],
    });
  });
  it("names a wrong value", () => {
    expect(() => workerEnv({ ...base, MAILFERRY_LEASE_SECONDS: "soon" })).toThrow("MAILFERRY_LEASE_SECONDS is “soon”");
    expect(() => webEnv({ ...base, PORT: "99999" })).toThrow("PORT is “99999”");
  });
  it.each(["lots", "0", "-5", "1.5", "50 GB"])(
    "refuses “%s” as the room of the database, and says what to give",
    (text) => {
      expect(() => workerEnv({ ...base, MAILFERRY_DATABASE_LIMIT_GB: text })).toThrow(
        `MAILFERRY_DATABASE_LIMIT_GB is “${text}”: give how large the database may get, as a whole number of GB`,
      );
    },
  );
  it("takes the room of the database in GB, or none", () => {
    expect(workerEnv({ ...base, MAILFERRY_DATABASE_LIMIT_GB: "50" }).databaseLimitGb).toBe(50);
    expect(workerEnv({ ...base, MAILFERRY_DATABASE_LIMIT_GB: "" }).databaseLimitGb).toBeNull();
  });
  it("never falls back to the owner's address", () => {
    expect(() => workerEnv({ DATABASE_URL: "postgres://owner@127.0.0.1/x", MAILFERRY_DATA: "/nonexistent" })).toThrow(
      /MAILFERRY_WORKER_DATABASE_URL/,
    );
    expect(() => webEnv({ DATABASE_URL: "postgres://owner@127.0.0.1/x", MAILFERRY_DATA: "/nonexistent" })).toThrow(
      /MAILFERRY_WEB_DATABASE_URL/,
    );
  });
});
