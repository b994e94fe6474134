// What the database counts about itself: rows read of each table, blocks, statements. Only differences mean something.
import type pg from "pg";

export interface Reads {
  /** rows that were read one after another */
  seq: number;
  /** entries of indexes that were read */
  index: number;
}

export type Tables = Map<string, Reads>;

/** Of every table. An entry of an index counts also where its row was not looked at (an index-only scan). */
export async function readTables(client: pg.Client): Promise<Tables> {
  await client.query("select pg_stat_clear_snapshot()");
  const { rows } = await client.query<{ name: string } & Reads>(
    `select t.relname as name, t.seq_tup_read::float8 as seq, coalesce(sum(i.idx_tup_read), 0)::float8 as index
     from pg_stat_user_tables t left join pg_stat_user_indexes i on i.relid = t.relid group by t.relid, t.relname, t.seq_tup_read`,
  );
  return new Map(rows.map(({ name, seq, index }) => [name, { seq, index }]));
}

export function between(before: Tables, after: Tables): [string, Reads][] {
  return [...after]
    .map(([name, now]): [string, Reads] => {
      const then = before.get(name) ?? { seq: 0, index: 0 };
      return [name, { seq: now.seq - then.seq, index: now.index - then.index }];
    })
    .filter(([, { seq, index }]) => seq + index > 0)
    .sort(([, a], [, b]) => b.seq + b.index - a.seq - a.index);
}

export const sumOf = (reads: [string, Reads][]): number => reads.reduce((sum, [, one]) => sum + one.seq + one.index, 0);

export interface Statement {
  query: string;
  calls: number;
  rows: number;
  blocks: number;
  ms: number;
}

/** Statements as a client sent them; what functions run inside counts with their caller. */
export async function readStatements(client: pg.Client): Promise<Map<string, Statement>> {
  const { rows } = await client.query<Statement & { id: string }>(
    `select queryid::text as id, min(query) as query, sum(calls)::float8 as calls, sum(rows)::float8 as rows,
       sum(shared_blks_hit + shared_blks_read)::float8 as blocks, sum(total_exec_time)::float8 as ms
     from pg_stat_statements where toplevel and dbid = (select oid from pg_database where datname = current_database())
     group by queryid`,
  );
  return new Map(rows.map(({ id, ...one }) => [id, one]));
}

/** The dearest first. */
export function statementsBetween(before: Map<string, Statement>, after: Map<string, Statement>): Statement[] {
  return [...after]
    .map(([id, now]) => {
      const then = before.get(id) ?? { calls: 0, rows: 0, blocks: 0, ms: 0 };
      return {
        query: now.query,
        calls: now.calls - then.calls,
        rows: now.rows - then.rows,
        blocks: now.blocks - then.blocks,
        ms: now.ms - then.ms,
      };
    })
    .filter(({ calls }) => calls > 0)
    .sort((a, b) => b.ms - a.ms);
}
