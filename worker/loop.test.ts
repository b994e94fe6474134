import { describe, expect, it } from "vitest";
import { rest } from "@/lib/clock";
import type { TestDatabase } from "@/test/database";
import { startWorker, until } from "@/test/delivering";
import { Bell, databaseAway, healsByItself } from "./loop";

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
  it("a rung bell ends the rest of the room that it calls, and of no other", async () => {
    const bell = new Bell();
    const over: string[] = [];
    const ended = new AbortController();
    const lane = bell.rest(20_000, ended.signal, "lane").then(() => over.push("lane"));
    const probe = bell.rest(20_000, ended.signal, "probe").then(() => over.push("probe"));
    const deaf = bell.rest(20_000, ended.signal).then(() => over.push("deaf"));
    await rest(1);
    bell.ring("lane");
    await lane;
    bell.ring("");
    await rest(1);
    expect(over).toEqual(["lane"]);
    ended.abort();
    await Promise.all([probe, deaf]);
  });
  it.each([
    [Object.assign(new Error("terminating connection"), { code: "57P01" }), true],
    [new Error("Connection terminated unexpectedly"), true],
    [Object.assign(new Error("duplicate key"), { code: "23505" }), false],
    ["text", false],
  ])("knows a database that is away: %s", (error, away) => expect(databaseAway(error)).toBe(away));
  it.each([
    ["53100", "could not extend file: No space left on device", true],
    ["57P01", "terminating connection due to administrator command", true],
    ["40P01", "deadlock detected", true],
    ["25006", "cannot execute UPDATE in a read-only transaction", true],
    ["22P02", "invalid input syntax for type json", false],
    ["23503", "violates foreign key constraint", false],
  ])("knows what time mends: %s %s", (code, words, heals) =>
    expect(healsByItself(Object.assign(new Error(words), { code }))).toBe(heals),
  );
});
