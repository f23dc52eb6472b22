-- All tables of a Sagaloom store on PostgreSQL. Every key but those of the reference tables begins
-- with the shard; nothing needs sequences, triggers, advisory locks or LISTEN/NOTIFY, so that the
-- schema also runs on the distributed engines that speak PostgreSQL's protocol.

-- reference tables
create table meta (
  name text primary key,
  value text not null
);

create table node (
  id uuid primary key,
  url text not null,
  lease_until timestamptz not null,
  rev int8 not null
);

-- text: the workflow's YAML with its schema files put in; operations: JSON, the manifests of the
-- operations it names, frozen at registration.
create table definition (
  hash bytea primary key,
  name text not null,
  version int4 not null,
  text text not null,
  operations bytea not null,
  unique (name, version)
);

-- The fence. A row changes only when its shard changes hands: nothing that changes often lives here.
create table shard (
  shard int2 primary key,
  epoch int8 not null,
  owner uuid,
  backend_pid int4,
  backend_start timestamptz,
  generation int2 not null
);

create table shard_progress (
  shard int2 primary key,
  published int8 not null,
  checkpoint int8 not null
) with (fillfactor = 70);

-- History and outbox at once. seq is dense within a shard; prev is the seq of the same saga's
-- previous row (0: none); a nil saga is a mark row. record is JSON text.
create table journal (
  shard int2 not null,
  seq int8 not null,
  saga uuid not null,
  prev int8 not null,
  generation int2 not null,
  format int2 not null,
  record bytea compression lz4 not null,
  primary key (shard, seq)
) with (autovacuum_vacuum_cost_delay = 0);

-- One row a saga, for queries; state is the number of its name. No index on a column that changes,
-- but for the end.
create table saga (
  shard int2 not null,
  id uuid not null,
  tenant text not null,
  workflow text not null,
  version int4 not null,
  identity text not null,
  fingerprint bytea not null,
  state int2 not null,
  status text not null,
  created timestamptz not null,
  ended timestamptz,
  first_seq int8 not null,
  snap_seq int8 not null,
  snapshot bytea compression lz4,
  primary key (shard, id)
) with (fillfactor = 70, autovacuum_vacuum_cost_delay = 0);
create index saga_workflow on saga (shard, workflow, id);
create index saga_live on saga (shard, id) where ended is null;

-- The day of creation stands before the key: new rows lie together, old days are a range.
create table identity (
  shard int2 not null,
  day int4 not null,
  tenant text not null,
  workflow text not null,
  key text not null,
  saga uuid not null,
  fingerprint bytea not null,
  primary key (shard, day, tenant, workflow, key)
);

-- Only attributes that their workflow marks `index: true`.
create table attribute (
  shard int2 not null,
  tenant text not null,
  name text not null,
  value text not null,
  saga uuid not null,
  primary key (shard, tenant, name, value, saga)
);

-- One row a saga, its earliest due time, only for waits beyond the memory's horizon.
create table timer (
  shard int2 not null,
  due timestamptz not null,
  saga uuid not null,
  primary key (shard, due, saga)
);

-- Events by key, whether or not their saga exists yet; seq is that of a journal row of the batch.
-- The key stands before the event: a saga's rows lie together.
create table inbox (
  shard int2 not null,
  tenant text not null,
  workflow text not null,
  event text not null,
  key text not null,
  seq int8 not null,
  expires timestamptz not null,
  data bytea compression lz4 not null,
  primary key (shard, tenant, workflow, key, event, seq)
);

create table source (
  shard int2 not null,
  topic text not null,
  part int4 not null,
  next_offset int8 not null,
  primary key (shard, topic, part)
);

-- Events that are taken once: day is the last one on which a second is still dropped.
create table seen (
  shard int2 not null,
  tenant text not null,
  workflow text not null,
  event text not null,
  id text not null,
  day int4 not null,
  primary key (shard, tenant, workflow, event, id)
);
create index seen_day on seen (shard, day);

create table lock (
  shard int2 not null,
  tenant text not null,
  scope text not null,
  key text not null,
  ticket int8 not null,
  saga uuid not null,
  root uuid not null,
  slots int4 not null,
  held bool not null,
  primary key (shard, tenant, scope, key, ticket)
);

-- What could not be published (without a workflow), and what came in and could not be taken.
create table dead_letter (
  shard int2 not null,
  seq int8 not null,
  n int2 not null,
  tenant text not null,
  workflow text not null,
  reason text not null,
  data bytea compression lz4 not null,
  primary key (shard, seq, n)
);

-- History past journal_keep, packed.
create table archive (
  shard int2 not null,
  saga uuid not null,
  ended timestamptz,
  history bytea not null,
  primary key (shard, saga)
);

create view journal_text as
  select shard, seq, saga, prev, generation, format, convert_from(record, 'UTF8') as record
  from journal;
