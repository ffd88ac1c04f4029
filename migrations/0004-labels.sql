-- Labels that were bought, and how much of their parcels' travels is known (written with the facts).
create table labels (
  id text primary key,
  return_id text not null references returns,
  system text not null,
  tracking_number text not null,
  open boolean not null, -- the parcel may still move
  events integer not null, -- how many of the carrier's events are known
  last_event_at timestamptz -- by the carrier's time
) with (fillfactor = 70);
create index labels_by_number on labels (tracking_number);
create index labels_by_return on labels (return_id);
create index labels_open on labels (system, id) where open;
