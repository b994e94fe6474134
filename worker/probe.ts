// Probes: tests that people asked for in the portal. Several run at once; each conversation is written as it happens.
import { setTimeout as wait } from "node:timers/promises";
import { listReceivers } from "@/domain/notice/receivers";
import { toldBeside } from "@/domain/notice/receivers-schema";
import { newCode, rememberCode } from "@/domain/probe/arrived";
import {
  appendLines,
  beatProbe,
  type ClaimedProbe,
  claimProbe,
  endLostProbes,
  finishProbe,
  type ProbeEnd,
} from "@/domain/probe/run";
import { ProbeLines, secretForms } from "@/domain/probe/run-lines";
import { exchangePassword, mailboxPassword } from "@/domain/probe/run-password";
import { isLook, type ProbeVerdict } from "@/domain/probe/schema";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { Refusal } from "@/lib/errors";
import { runExchangeProbe } from "./probe-exchange";
import { runMailboxProbe } from "./probe-mailbox";
import type { Room, WorkerContext } from "./room";

const atOnce = 8;
/** The rest is for tests, which somebody sits and waits for. */
const looksAtOnce = 4;
const restMs = 250;
const beatMs = 700;
const lostEveryMs = 5_000;
/**
 * Longer than the longest honest test of settings: three answers of ten minutes. Of those whom a test notice is for beside
 * the postmaster, whoever is not reached by then counts as not tried, and the verdict stands.
 */
const longestMs = 40 * 60_000;
/** Others wait for their turn behind it. */
const longestLookMs = 2 * 60_000;

/** A room of its own per worker. main hears NOTIFY and calls step early; the short rest is what it rests on. */
export function makeProbeRoom(): Room {
  const running = new Set<Promise<void>>();
  let looks = 0;
  let lostAt = 0;
  return {
    name: "probe",
    hears: "probe",
    async step(context) {
      if (Date.now() - lostAt > lostEveryMs) {
        lostAt = Date.now();
        await endLostProbes(context.db);
      }
      while (running.size < atOnce && !context.stopping.aborted) {
        const probe = await claimProbe(context.db, {
          sites: context.env.sites,
          worker: context.name,
          leaseSeconds: context.env.leaseSeconds,
          looks: looks < looksAtOnce,
        });
        if (!probe) break;
        const one = isLook(probe.input) ? 1 : 0;
        looks += one;
        const run: Promise<void> = runProbe(context, probe).finally(() => {
          looks -= one;
          running.delete(run);
        });
        running.add(run);
      }
      return restMs;
    },
    async drain() {
      await Promise.all(running);
    },
  };
}

export const probeRoom: Room = makeProbeRoom();

async function runProbe(context: WorkerContext, probe: ClaimedProbe): Promise<void> {
  const { db, keys, log } = context;
  const scope = mintScope(db, probe.tenantId, { kind: "worker", workerId: context.workerId, name: context.name });
  const stop = new AbortController();
  const beating = beat(context, probe, stop);
  const began = Date.now();
  let password: string | null = null;
  let end: ProbeEnd = "done";
  let verdict: ProbeVerdict;
  let lines = new ProbeLines((batch) => appendLines(db, probe, batch), []);
  try {
    const { input } = probe;
    password =
      input.kind === "exchange"
        ? await exchangePassword(scope, keys, probe, input.settings)
        : await mailboxPassword(scope, keys, probe, input.settings);
    lines = new ProbeLines((batch) => appendLines(db, probe, batch), secretForms(input.settings.username, password));
    const late = AbortSignal.timeout(isLook(input) ? longestLookMs : longestMs);
    verdict = await dispatch(
      context,
      scope,
      probe,
      password,
      lines,
      AbortSignal.any([stop.signal, context.hurry, late]),
    );
    if (stop.signal.aborted && !verdict.ok) end = "stopped";
    else if (cutShort(verdict) && (late.aborted || context.hurry.aborted)) {
      end = "failed";
      verdict = { ok: false, sentence: late.aborted ? tooLong : workerEnded, facts: verdict.facts };
    }
  } catch (error) {
    end = stop.signal.aborted ? "stopped" : "failed";
    verdict = faultVerdict(error, end);
    if (!(error instanceof Refusal)) log.error({ err: error, probe: probe.id }, "test failed");
  }
  await lines.end();
  stop.abort();
  await beating;
  await finishProbe(scope, probe, end, verdict).catch((error) => log.error({ err: error }, "test not finished"));
  const ms = Date.now() - began;
  log.info({ tenant: probe.tenantId, probe: probe.id, kind: probe.input.kind, end, ok: verdict.ok, ms }, "test");
}

/** What the cut connection looked like from inside says nothing about the settings; what Exchange refused before does. */
const cutShort = ({ ok, facts }: ProbeVerdict): boolean =>
  !ok && (facts.case === undefined || facts.case === "stopped");

const tooLong = "It took longer than a test may take, so it was ended without a result. Try again later.";
const workerEnded = "The worker that ran this was ended in the middle. Start it again.";

async function dispatch(
  context: WorkerContext,
  scope: TenantScope,
  probe: ClaimedProbe,
  password: string | null,
  { emit }: ProbeLines,
  signal: AbortSignal,
): Promise<ProbeVerdict> {
  const { input, subjectId, requestedBy } = probe;
  const digits = newCode();
  const code = { digits, keep: () => rememberCode(context.db, probe, digits) };
  switch (input.kind) {
    case "exchange":
      return runExchangeProbe(
        context,
        scope,
        {
          ...{ settings: input.settings, password, exchangeId: subjectId, requestedBy, code },
          receivers: input.receivers ? toldBeside(await listReceivers(scope), input.settings.postmaster) : null,
        },
        emit,
        signal,
      );
    case "mailbox":
      return runMailboxProbe(
        context,
        scope,
        { settings: input.settings, password, mailboxId: subjectId, countOnly: input.countOnly ?? false },
        emit,
        signal,
      );
  }
}

/** Keeps the lease until `stop`; a wish to stop, or a lost lease, ends the test. */
async function beat({ db, env, log }: WorkerContext, probe: ClaimedProbe, stop: AbortController): Promise<void> {
  while (!stop.signal.aborted) {
    try {
      const { mine, stop: asked } = await beatProbe(db, probe, env.leaseSeconds);
      if (!mine || asked) stop.abort();
    } catch (error) {
      log.warn({ err: error, probe: probe.id }, "test's lease not renewed");
    }
    await wait(beatMs, undefined, { signal: stop.signal }).catch(() => {});
  }
}

function faultVerdict(error: unknown, end: ProbeEnd): ProbeVerdict {
  if (end === "stopped") return { ok: false, sentence: "You stopped the test.", facts: { case: "stopped" } };
  if (error instanceof Refusal) return { ok: false, sentence: error.message, field: "password", facts: {} };
  const sentence =
    "The test failed inside Mailferry; the worker's log has the details. Test again, and tell your provider if it stays so.";
  return { ok: false, sentence, facts: {} };
}
