-- The amounts of a task's sentence, for who sees prices alone (D-40). Tasks from before have theirs in the summary.
alter table exceptions add column amounts text;
