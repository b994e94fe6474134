// What people of the platform see of the installation's alerts.
import { type OpenAlert, openAlerts } from "@/domain/alert/store";
import { beginSession } from "@/domain/person/session";
import type { TestDatabase } from "./database";

export async function seenAlerts(db: TestDatabase): Promise<OpenAlert[]> {
  const { rows } = await db.owner.pool.query<{ id: string }>(
    `insert into person (email, platform_role) values ('watch@provider.example', 'viewer')
     on conflict (email) do update set platform_role = 'viewer' returning id`,
  );
  const token = await beginSession(db.web, rows[0]?.id ?? "", { address: "192.0.2.1", agent: "" }, new Date());
  return openAlerts(db.web, token);
}
