/** The tables of migrations/*.sql as kysely sees them: one member for each table. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled together with the migrations
export interface Database {}
