import { expect, test } from "vitest";
import { notTried } from "./not-tried";

const lane = { state: "closed", reason: null, attended: true } as const;

test.each([
  [null, "no server is set up yet", ""],
  [lane, "not tried yet", ""],
  [{ ...lane, attended: false }, "no worker is running", ""],
  [
    { ...lane, state: "open", reason: "It refuses connections." },
    "the server takes no mail",
    "It refuses connections.",
  ],
  [{ ...lane, state: "half-open" }, "the server is being tried", ""],
  [{ ...lane, state: "paused", reason: "Paused by Olaf." }, "delivery is paused", "Paused by Olaf."],
] as const)("a lane %o: %s", (given, short, why) => {
  expect(notTried(given)).toEqual({ short, why });
});
