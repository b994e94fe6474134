import { describe, expect, it } from "vitest";
import { type LaneEvent, type LaneState, move } from "./breaker";

const now = new Date("2026-03-01T10:00:00Z");
const minutes = (n: number) => new Date(now.getTime() + n * 60_000);
const policy = { retryMinutes: 10, maxConnections: 5 };
const calm: LaneState = {
  state: "closed",
  reasonKind: null,
  reason: null,
  since: minutes(-60),
  nextTryAt: null,
  cap: null,
  capRaiseAt: null,
  pacePerMinute: null,
  paceNextAt: null,
  refusalKey: null,
  refusals: [],
  cutMailId: null,
  cutCount: 0,
  unreachableSince: null,
  lastAcceptedAt: null,
  certificateChange: null,
};

const met = (lane: LaneState, events: LaneEvent[], at = now) =>
  events.reduce((moved, event) => move(moved.lane, event, policy, at), { lane, giveBack: [] } as ReturnType<
    typeof move
  >);
const refused = (n: number, sender = `s${n}@x.example`, key = "550"): LaneEvent => ({
  kind: "refused",
  key,
  words: "550 5.7.1 Closed",
  refusal: { mailId: `m${n}`, sender, recipients: [`r${n}`] },
});
const cut = (mailId: string, again = false): LaneEvent => ({ kind: "cut", mailId, words: "421 4.4.1 gone", again });
const stop: LaneEvent = { kind: "stop", reasonKind: "unreachable", reason: "ECONNREFUSED", unreachable: true };

describe("a stop", () => {
  it("opens the lane, and the next try is after the retry interval", () => {
    const { lane } = met(calm, [stop]);
    expect(lane).toMatchObject({
      state: "open",
      reasonKind: "unreachable",
      nextTryAt: minutes(10),
      unreachableSince: now,
    });
  });
  it("keeps since and unreachable-since while it lasts", () => {
    const first = met(calm, [stop]).lane;
    const again = move({ ...first, state: "half-open" }, stop, policy, minutes(10)).lane;
    expect(again).toMatchObject({ state: "open", since: now, unreachableSince: now, nextTryAt: minutes(20) });
  });
  it("closes with the first connection that works", () => {
    const { lane } = met({ ...met(calm, [stop]).lane, state: "half-open" }, [{ kind: "reached" }]);
    expect(lane).toMatchObject({ state: "closed", reason: null, nextTryAt: null, unreachableSince: null });
  });
  it("ramps up when it is over: one connection, one more with each mail that is taken, until all may", () => {
    const back = met({ ...met(calm, [stop]).lane, state: "half-open" }, [{ kind: "reached" }]).lane;
    expect(back).toMatchObject({ state: "closed", cap: 1 });
    const taken = (mails: number) => met(back, Array(mails).fill({ kind: "accepted" }), minutes(1)).lane;
    expect([1, 2, 3, 4].map((mails) => taken(mails).cap)).toEqual([2, 3, 4, null]);
    expect(taken(4).capRaiseAt).toBeNull();
    expect(met(back, [{ kind: "answered", permanent: false }]).lane.cap).toBe(1);
  });
  it("a limit met while it ramps up holds for ten minutes, as any", () => {
    const back = met({ ...met(calm, [stop]).lane, state: "half-open" }, [{ kind: "accepted" }]).lane;
    const { lane } = met(back, [{ kind: "lower-cap", connections: 2, reason: "" }, { kind: "accepted" }]);
    expect(lane).toMatchObject({ cap: 1, capRaiseAt: minutes(10) });
  });
  it("ramps up from one again, whatever cap was left from before", () => {
    const lowered = met(calm, [{ kind: "lower-cap", connections: 5, reason: "" }, stop]).lane;
    const back = move({ ...lowered, state: "half-open" }, { kind: "reached" }, policy, minutes(60)).lane;
    expect(back.cap).toBe(1);
    expect(move(back, { kind: "accepted" }, policy, minutes(60)).lane.cap).toBe(2);
  });
  it("a rate met while it ramps up leaves the pace alone to hold", () => {
    const back = met({ ...met(calm, [stop]).lane, state: "half-open" }, [{ kind: "reached" }]).lane;
    const { lane } = met(back, [{ kind: "pace", sentLastMinute: 30, reason: "" }]);
    expect(lane).toMatchObject({ cap: null, pacePerMinute: 24, capRaiseAt: minutes(10) });
  });
  it("a lane that is paced goes on at that pace, without a ramp", () => {
    const slow = met(calm, [{ kind: "pace", sentLastMinute: 30, reason: "" }, stop]).lane;
    const { lane } = met({ ...slow, state: "half-open" }, [{ kind: "reached" }]);
    expect(lane).toMatchObject({ cap: null, pacePerMinute: 24, capRaiseAt: minutes(10) });
  });
  it("never ends what a person paused", () => {
    const paused: LaneState = { ...calm, state: "paused", reasonKind: "paused", reason: "move of the server" };
    expect(met(paused, [stop, { kind: "accepted" }]).lane).toMatchObject({ state: "paused", reasonKind: "paused" });
  });
});

describe("the same refusal to five mails in a row", () => {
  it("opens the lane and gives all five back", () => {
    const moved = met(
      calm,
      [1, 2, 3, 4, 5].map((n) => refused(n)),
    );
    expect(moved.lane).toMatchObject({ state: "open", reasonKind: "refusals", nextTryAt: minutes(10) });
    expect(moved.giveBack.map(({ mailId }) => mailId)).toEqual(["m1", "m2", "m3", "m4", "m5"]);
  });
  it.each([
    ["four", [1, 2, 3, 4].map((n) => refused(n))],
    ["five of one sender", [1, 2, 3, 4, 5].map((n) => refused(n, "One@x.example"))],
    [
      "another refusal between",
      [refused(1), refused(2), refused(3, "c@x.example", "554"), refused(4), refused(5), refused(6)],
    ],
    [
      "one accepted between",
      [refused(1), refused(2), refused(3), { kind: "accepted" } as const, refused(4), refused(5)],
    ],
    [
      "an answer about the mail between",
      [1, 2, 3, 4].map((n) => refused(n)).concat([{ kind: "answered", permanent: true }, refused(5)]),
    ],
  ])("does not stop for %s", (_, events) => {
    const moved = met(calm, events);
    expect(moved.lane.state).toBe("closed");
    expect(moved.giveBack).toEqual([]);
  });
  it("a probe that gets it again stays waiting, one that gets another answer closes", () => {
    const open = met(
      calm,
      [1, 2, 3, 4, 5].map((n) => refused(n)),
    ).lane;
    const again = move({ ...open, state: "half-open" }, refused(6), policy, minutes(10));
    expect(again.lane).toMatchObject({ state: "open", nextTryAt: minutes(20) });
    expect(again.giveBack.map(({ mailId }) => mailId)).toEqual(["m6"]);
    expect(
      move({ ...open, state: "half-open" }, refused(7, "q@x.example", "552"), policy, minutes(10)).lane.state,
    ).toBe("closed");
  });
});

describe("421, cuts and timeouts", () => {
  it("one mail alone, however often, does not stop the lane", () => {
    expect(met(calm, [cut("a"), cut("a"), cut("a")]).lane.state).toBe("closed");
  });
  it("two different mails in a row do", () => {
    expect(met(calm, [cut("a"), cut("b")]).lane).toMatchObject({ state: "open", reasonKind: "cut" });
  });
  it("not when the server answered a mail between", () => {
    expect(met(calm, [cut("a"), { kind: "answered", permanent: false }, cut("b")]).lane.state).toBe("closed");
  });
  it("a mail that ends so every time is no evidence, while the lane takes others", () => {
    const takes = { ...calm, lastAcceptedAt: minutes(-5) };
    expect(met(takes, [cut("a", true), cut("b", true)]).lane).toMatchObject({ state: "closed", cutMailId: null });
    expect(met(takes, [cut("a"), cut("b", true), cut("c")]).lane.state).toBe("open");
    const longAgo = { ...calm, lastAcceptedAt: minutes(-60) };
    expect(met(longAgo, [cut("a", true), cut("b", true)]).lane.state).toBe("open");
  });
  it("a probe that is cut opens the lane again", () => {
    const open = met(calm, [cut("a"), cut("b")]).lane;
    expect(met({ ...open, state: "half-open" }, [cut("c")]).lane).toMatchObject({ state: "open", reasonKind: "cut" });
  });
});

describe("limits of the server", () => {
  it("too many connections: one fewer than there were, and a breather; not down", () => {
    const { lane } = met(calm, [{ kind: "lower-cap", connections: 4, reason: "Raise it." }]);
    expect(lane).toMatchObject({ reasonKind: "lower-cap", reason: "Raise it." });
    expect(lane).toMatchObject({ state: "closed", cap: 3, capRaiseAt: minutes(10), paceNextAt: minutes(0.5) });
  });
  it("goes up again slowly while mail is taken, until the cap is gone", () => {
    let lane = met(calm, [{ kind: "lower-cap", connections: 4, reason: "" }]).lane;
    lane = move(lane, { kind: "accepted" }, policy, minutes(5)).lane;
    expect(lane.cap).toBe(3);
    lane = move(lane, { kind: "accepted" }, policy, minutes(11)).lane;
    expect(lane.cap).toBe(4);
    lane = move(lane, { kind: "accepted" }, policy, minutes(22)).lane;
    expect(lane).toMatchObject({ cap: null, capRaiseAt: null, reason: null });
  });
  it("never below one", () => {
    expect(met(calm, [{ kind: "lower-cap", connections: 1, reason: "" }]).lane.cap).toBe(1);
  });
  it("message rate: four fifths of what went through, faster later", () => {
    const { lane } = met(calm, [{ kind: "pace", sentLastMinute: 30, reason: "" }]);
    expect(lane).toMatchObject({ state: "closed", pacePerMinute: 24 });
    expect(move(lane, { kind: "accepted" }, policy, minutes(11)).lane.pacePerMinute).toBe(36);
  });
});
