// The arrows of the house: app, worker and cli → domain → mail → lib. Nothing points up, app and worker never meet.
const no = (name, comment, from, to) => ({ name, severity: "error", comment, from, to });
const below = { lib: "^(app|worker|cli|domain|mail)/", mail: "^(app|worker|cli|domain)/", domain: "^(app|worker|cli)/" };
const tests = "\\.test\\.tsx?$";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    no("lib-is-the-ground", "lib knows nobody above it", { path: "^lib/", pathNot: tests }, { path: below.lib }),
    no("mail-knows-no-tenant", "mail speaks protocols; no database, no tenant", { path: "^mail/", pathNot: tests }, { path: below.mail }),
    no("mail-has-no-database", "mail speaks protocols; no database, no tenant", { path: "^mail/", pathNot: tests }, { path: "^(lib/db|prisma/)|node_modules/(pg|@prisma)/" }),
    no("domain-serves-both", "domain knows neither portal nor worker", { path: "^domain/", pathNot: tests }, { path: below.domain }),
    no("domain-opens-no-socket", "only the worker dials hosts that a tenant typed", { path: "^domain/", pathNot: tests }, { path: "^mail/(smtp-|pop3|imap|open-source|wire|network)" , dependencyTypesNot: ["type-only"] }),
    no("portal-and-worker-never-meet", "they meet only in Postgres", { path: "^app/" }, { path: "^(worker|cli)/" }),
    no("worker-knows-no-portal", "they meet only in Postgres", { path: "^worker/" }, { path: "^(app|cli)/" }),
    no("portal-reads-through-stores", "app reads and writes through domain/*/store", { path: "^app/", pathNot: "^app/_server/database\\.ts$" }, { path: "^(lib/db|prisma/client)" , dependencyTypesNot: ["type-only"] }),
    no("scopes-are-minted-at-the-door", "a TenantScope comes from the portal's door, a claimed row, or the command line", { pathNot: `^(app/_server/|worker/|cli/|domain/.*claim|domain/scope-mint|domain/config/|domain/probe/run|test/)|${tests}` }, { path: "^domain/scope-mint" }),
    no("no-circles", "circles hide which part is the ground", {}, { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(prisma/client|\\.next|data)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".tsx", ".mjs", ".js"] },
  },
};
