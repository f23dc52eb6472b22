-- Who took a dead letter away, how and why: what is left of it when it is gone. letter_reason is
-- why it was one, reason what the person said.
create table letter_settled (
  shard integer not null, seq integer not null, n integer not null, tenant text not null,
  workflow text not null, letter_reason text not null, verb text not null, author text not null,
  reason text not null, at integer not null,
  primary key (shard, seq, n)
) without rowid;
