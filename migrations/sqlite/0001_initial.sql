-- All tables of a Sagaloom store in one SQLite file: those of migrations/postgres, with times as
-- integer milliseconds since the epoch and ids as blobs of 16 bytes.

create table meta (name text primary key, value text not null) without rowid;

create table node (
  id text primary key, url text not null, lease_until integer not null, rev integer not null
) without rowid;

create table definition (
  hash blob primary key, name text not null, version integer not null, text text not null,
  operations blob not null, unique (name, version)
) without rowid;

create table shard (
  shard integer primary key, epoch integer not null, owner text, backend_pid integer,
  backend_start integer, generation integer not null
);

create table shard_progress (
  shard integer primary key, published integer not null, checkpoint integer not null
);

create table journal (
  shard integer not null, seq integer not null, saga blob not null, prev integer not null,
  generation integer not null, format integer not null, record blob not null,
  primary key (shard, seq)
) without rowid;

create table saga (
  shard integer not null, id blob not null, tenant text not null, workflow text not null,
  version integer not null, identity text not null, fingerprint blob not null,
  state integer not null, status text not null, created integer not null, ended integer,
  first_seq integer not null, snap_seq integer not null, snapshot blob,
  primary key (shard, id)
) without rowid;
create index saga_workflow on saga (shard, workflow, id);
create index saga_live on saga (shard, id) where ended is null;

create table identity (
  shard integer not null, day integer not null, tenant text not null, workflow text not null,
  key text not null, saga blob not null, fingerprint blob not null,
  primary key (shard, day, tenant, workflow, key)
) without rowid;

create table attribute (
  shard integer not null, tenant text not null, name text not null, value text not null,
  saga blob not null,
  primary key (shard, tenant, name, value, saga)
) without rowid;

create table timer (
  shard integer not null, due integer not null, saga blob not null,
  primary key (shard, due, saga)
) without rowid;

create table inbox (
  shard integer not null, tenant text not null, workflow text not null, key text not null,
  event text not null, seq integer not null, expires integer not null, data blob not null,
  primary key (shard, tenant, workflow, key, event, seq)
) without rowid;

create table source (
  shard integer not null, topic text not null, part integer not null,
  next_offset integer not null,
  primary key (shard, topic, part)
) without rowid;

create table seen (
  shard integer not null, tenant text not null, workflow text not null, event text not null,
  id text not null, day integer not null,
  primary key (shard, tenant, workflow, event, id)
) without rowid;
create index seen_day on seen (shard, day);

create table lock (
  shard integer not null, tenant text not null, scope text not null, key text not null,
  ticket integer not null, saga blob not null, root blob not null, slots integer not null,
  held integer not null,
  primary key (shard, tenant, scope, key, ticket)
) without rowid;

create table dead_letter (
  shard integer not null, seq integer not null, n integer not null, tenant text not null,
  workflow text not null, reason text not null, data blob not null,
  primary key (shard, seq, n)
) without rowid;

create table archive (
  shard integer not null, saga blob not null, ended integer, history blob not null,
  primary key (shard, saga)
) without rowid;

create view journal_text as
  select shard, seq, saga, prev, generation, format, cast(record as text) as record from journal;
