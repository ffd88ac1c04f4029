-- Contract (W-15): what nothing reads any more. The facts have it all; an index on a phase made every change of an effect's row a new index entry.
alter table returns drop column closed_at;
alter table returns drop column awaiting_erp; -- and with it returns_awaiting_erp
alter table return_lines drop column base_unit, drop column invoice_line;
alter table credits drop column posted_on;
drop index effects_unsettled;
