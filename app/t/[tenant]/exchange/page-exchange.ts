// What the Exchange page's form is given: plain data, times as text, never a secret.
import { type ExchangeSettings, exchangeDefaults } from "@/domain/exchange/schema";
import type { ExchangeView } from "@/domain/exchange/store";

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
