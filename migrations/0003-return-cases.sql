-- Cases N:M returns (D-31): which returns a case of the CRM is about.
create table return_cases (
  case_id text not null,
  return_id text not null references returns,
  originating boolean not null,
  primary key (case_id, return_id)
);

insert into return_cases (case_id, return_id, originating)
select data ->> 'caseId', return_id, true from facts where kind = 'return.requested' and data ->> 'caseId' is not null
on conflict do nothing;
