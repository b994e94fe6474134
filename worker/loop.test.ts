import { describe, expect, it } from "vitest";
import { rest } from "@/lib/clock";
import type { TestDatabase } from "@/test/database";
import { startWorker, until } from "@/test/delivering";
import { Bell, databaseAway } from "./loop";

const nothing = { worker: {}, urls: { worker: "" } } as unknown as TestDatabase;

describe("the loop", () => {
  it("goes on after a fault, and drains once when told to stop", async () => {
    const seen: string[] = [];
    const worker = startWorker(nothing, [
      {
        name: "faulty",
        step: async () => {
          seen.push("step");
          if (seen.length === 1) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
          return 10;
        },
        drain: async () => {
          seen.push("drained");
        },
      },
    ]);
    await until(
      async () => seen.length,
      (n) => n >= 3,
    );
    await worker.stop();
    expect(seen.at(-1)).toBe("drained");
    expect(seen.filter((word) => word === "drained")).toHaveLength(1);
  });
  it("a rung bell ends the rest", async () => {
    const bell = new Bell();
    const started = Date.now();
    const resting = bell.rest(20_000, new AbortController().signal);
    await rest(1);
    bell.ring();
    await resting;
    expect(Date.now() - started).toBeLessThan(5000);
  });
  it.each([
    [Object.assign(new Error("terminating connection"), { code: "57P01" }), true],
    [new Error("Connection terminated unexpectedly"), true],
    [Object.assign(new Error("duplicate key"), { code: "23505" }), false],
    ["text", false],
  ])("knows a database that is away: %s", (error, away) => expect(databaseAway(error)).toBe(away));
});
