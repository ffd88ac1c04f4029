-- Whose a return is to a partner (D-40): the channel of its order as the ERP writes it, and the items of its lines. What began before tells no channel.
alter table returns add column order_channel text;
create index returns_by_order_channel on returns (company_id, order_channel, requested_at desc, id desc) where order_channel is not null;
create index return_lines_by_sku on return_lines (sku);

-- The same with every event, as it was when the event was numbered.
alter table feed add column order_channel text, add column skus text[] not null default '{}';
update feed set skus = lines.skus
from (select return_id, array_agg(distinct sku) as skus from return_lines where sku is not null group by return_id) lines
where feed.return_id = lines.return_id;
