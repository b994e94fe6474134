// The platform's entry about changed mailboxes: what was done is told with it and without it.
import { expect, test, vi } from "vitest";
import { log } from "@/app/_server/log";
import { noted } from "./note";

test("an entry that can't be written is logged also after another fault, and nobody is told to try again", async () => {
  const logged = vi.spyOn(log, "error");
  for (const fault of ["", "Something failed here."]) {
    const done = { done: ["a"], fault };
    expect(await noted(done, async () => {})).toEqual({ ...done, unnoted: "" });
    expect(logged).not.toHaveBeenCalled();
    const told = await noted(done, () => Promise.reject(new Error("the database is away")));
    expect(told).toMatchObject(done);
    const id = /has it under (\w+)\.$/.exec(told.unnoted)?.[1];
    expect(logged).toHaveBeenCalledWith(
      expect.objectContaining({ fault: id ?? "no id", where: "platform audit" }),
      "fault",
    );
    expect(told.unnoted).not.toMatch(/try again/i);
    logged.mockClear();
  }
  logged.mockRestore();
});
