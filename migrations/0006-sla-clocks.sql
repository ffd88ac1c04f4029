-- When the next late stage of a return is to be told of, and whether one that runs is late (written with the facts). Returns from before are looked at once.
alter table returns
  add column sla_due_at timestamptz default '-infinity',
  add column sla_breached boolean not null default false;
alter table returns alter column sla_due_at drop default;
create index returns_sla_due on returns (sla_due_at) where sla_due_at is not null;
create index returns_sla_breached on returns (company_id, requested_at) where sla_breached;
