-- Arrived? A code in the test mail's subject, typed on the page, proves that mail to this postmaster by this server is read
-- by somebody. Only its hash is here, and how often somebody typed a wrong one.
alter table probe
  add column code_hash text,
  add column code_tries integer not null default 0,
  add column proved_at timestamptz(3),
  add column proved_by text;

-- Bound to host, port and postmaster as they are saved: a change of one of them empties these.
alter table exchange
  add column postmaster_proved_at timestamptz(3),
  add column postmaster_proved_by text;
