// The doors of the Exchange page.
"use server";
import { z } from "zod";
import { tenantAction } from "@/app/_server/action";
import { secretText } from "@/domain/configured";
import { exchangeAsksFresh } from "@/domain/exchange/asks-fresh";
import { exchangeEdit } from "@/domain/exchange/schema";
import { readExchange } from "@/domain/exchange/store";
import { pauseExchange, saveExchange, trustCertificate, tryAll } from "@/domain/exchange/store-write";
import { arrivedInput, proveArrival } from "@/domain/probe/arrived";
import { askProbe, stopProbe } from "@/domain/probe/ask";
import { pageExchange } from "./page-exchange";

const nothing = z.strictObject({});

export const save = tenantAction("exchange.edit", exchangeEdit, ({ scope }, edit) => saveExchange(scope, edit), {
  fresh: ({ scope }, edit) => exchangeAsksFresh(scope, edit),
});

/** Who may test what is decided by comparing with what is stored: see askProbe. */
export const test = tenantAction("exchange.test-saved", exchangeEdit, ({ scope, role }, edit) => {
  const { password, forgetPassword: _forget, version: _version, ...settings } = edit;
  return askProbe(scope, role, { kind: "exchange", settings, password });
});

export const stopTest = tenantAction("exchange.test-saved", z.strictObject({ id: z.uuid() }), ({ scope }, { id }) =>
  stopProbe(scope, id),
);

/** The code of a test's mail: whoever may test may type it. */
export const prove = tenantAction("exchange.test-saved", arrivedInput, ({ scope }, { id, code }) =>
  proveArrival(scope, id, code),
);

/** What is stored now: the other side of a conflict. */
export const current = tenantAction("exchange.read", nothing, async ({ scope }) =>
  pageExchange(await readExchange(scope)),
);

export const tryAllNow = tenantAction("queue.run", nothing, ({ scope }) => tryAll(scope));

export const pause = tenantAction("exchange.edit", z.strictObject({ paused: z.boolean() }), ({ scope }, { paused }) =>
  pauseExchange(scope, paused),
);

export const trust = tenantAction(
  "exchange.edit",
  z.strictObject({ fingerprint: z.string().max(64), password: secretText("Password").optional() }),
  ({ scope }, { fingerprint, password }) => trustCertificate(scope, fingerprint, password),
  { fresh: true },
);
