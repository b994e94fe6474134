import { expect, it } from "vitest";
import { type GlanceFacts, glanceOf } from "./glance";

const lane = (state: "closed" | "open" | "paused", reason: string | null = null) => ({
  host: "mail.contoso.example",
  port: 25,
  state,
  reason,
  nextTry: null,
});
const well: GlanceFacts = {
  served: true,
  noRoom: false,
  state: "active",
  waiting: 0,
  held: 0,
  badmail: 0,
  lanes: [lane("closed")],
  mailboxes: 10,
  mailboxesFailing: 0,
  mailboxesStopped: 0,
};

it.each<[Partial<GlanceFacts>, string, string]>([
  [{ served: false }, "stopped", "No worker runs for it: nothing is collected or delivered"],
  [{ served: false, lanes: [], mailboxes: 0 }, "idle", "No Exchange server yet"],
  [{}, "flowing", "Flowing"],
  [{ noRoom: true, mailboxesFailing: 1 }, "stopped", "Collecting is paused: the database is nearly full"],
  [{ noRoom: true, mailboxes: 0 }, "idle", "No mailbox yet"],
  [{ waiting: 3 }, "flowing", "Flowing; 3 mails on the way"],
  [{ held: 1, badmail: 11 }, "needs", "12 mails waiting for a decision"],
  [{ mailboxesFailing: 1, badmail: 1 }, "needs", "1 of 10 mailboxes can't be collected"],
  [{ mailboxesStopped: 10 }, "stopped", "No mailbox can be collected"],
  [
    { lanes: [lane("open", "Exchange did not answer")], waiting: 31 },
    "stopped",
    "Exchange did not answer; 31 mails waiting",
  ],
  [{ lanes: [lane("paused")] }, "stopped", "mail.contoso.example is paused"],
  [{ lanes: [] }, "idle", "No Exchange server yet"],
  [{ mailboxes: 0 }, "idle", "No mailbox yet"],
  [{ state: "closed", waiting: 1 }, "idle", "Closed; 1 mail still waiting"],
])("%o is %s: %s", (facts, state, sentence) => {
  expect(glanceOf({ ...well, ...facts })).toEqual({ state, sentence });
});
