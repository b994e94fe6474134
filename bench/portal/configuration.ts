// A server and four mailboxes for each tenant, as an import brings them in. Nothing connects: no worker runs beside this bench.
import { stringify } from "yaml";
import type { BenchTenant } from "../trace/world";

const names = ["info", "sales", "orders", "office"];

export const configurationOf = (tenants: readonly BenchTenant[]): string =>
  stringify({
    version: 1,
    tenants: tenants.map(({ slug, domain }) => ({
      slug,
      name: `Company ${slug}`,
      timeZone: "Europe/Berlin",
      exchange: { host: "127.0.0.1", port: 9, postmaster: `postmaster@${domain}` },
      mailboxes: names.map((name) => ({
        name,
        protocol: "pop3",
        host: "127.0.0.1",
        port: 9,
        tls: "off",
        username: `${name}@${domain}`,
        password: "not asked for",
        recipients: { mode: "single", address: `${name}@${domain}` },
      })),
    })),
  });
