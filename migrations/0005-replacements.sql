-- Replacement orders in the ERPs, and which of them have still to ship (written with the facts).
create table replacements (
  id text primary key,
  return_id text not null references returns,
  company_id text not null,
  order_number text not null,
  open boolean not null
) with (fillfactor = 70);
create index replacements_by_return on replacements (return_id);
create index replacements_open on replacements (company_id, id) where open;
