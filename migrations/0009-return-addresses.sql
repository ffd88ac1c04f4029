-- Where goods are sent from, as an amendment said it. Personal: facts and intents name it by its id alone, and it can be deleted by itself.
create table return_addresses (
  id text primary key,
  return_id text not null references returns,
  address jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);
create index return_addresses_by_return on return_addresses (return_id);
