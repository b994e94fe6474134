// What the Exchange page's form is given: plain data, times as text, never a secret.
import { type ExchangeSettings, exchangeDefaults } from "@/domain/exchange/schema";
import { type ExchangeView, readExchange, workerNameOf } from "@/domain/exchange/store";
import { openCode } from "@/domain/probe/arrived";
import type { TenantScope } from "@/domain/scope";
import type { Arrival } from "./arrived";

export interface PageExchange {
  settings: ExchangeSettings;
  /** 0: nothing is saved yet */
  version: number;
  hasPassword: boolean;
  acceptsUnknown: boolean | null;
  updatedBy: string;
  updatedAt: string | null;
}

export const pageExchange = (found: ExchangeView | null): PageExchange =>
  found
    ? {
        settings: found.settings,
        version: found.version,
        hasPassword: found.hasPassword,
        acceptsUnknown: found.acceptsUnknown,
        updatedBy: found.updatedBy,
        updatedAt: found.updatedAt.toISOString(),
      }
    : {
        settings: { ...exchangeDefaults, host: "", postmaster: "" },
        version: 0,
        hasPassword: false,
        acceptsUnknown: null,
        updatedBy: "",
        updatedAt: null,
      };

/** All that form and test are given: the Exchange page and the setting up show the same. */
export async function exchangeForForm(scope: TenantScope) {
  const found = await readExchange(scope);
  const open = found && !found.postmasterProved ? await openCode(scope, found.settings) : null;
  const proved = found?.postmasterProved ?? null;
  const arrival: Arrival = {
    proved: proved && { at: proved.at.toISOString(), by: proved.by },
    open: open && { id: open.id, sentAt: open.sentAt.toISOString() },
  };
  return { found, form: { initial: pageExchange(found), arrival, workerName: await workerNameOf(scope) } };
}
