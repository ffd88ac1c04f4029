import type { CrmCase } from "#adapters/crm/port.ts";
import { coded } from "#shared/errors.ts";
import { foreignIdOf, parseForeignId } from "#shared/ids.ts";
import { companies } from "#shared/places.ts";
import type { ResolverMap } from "../kit/context.ts";
import type { Known } from "../kit/reading.ts";
import { seesAnything, seesRecordsOf } from "../kit/scope.ts";
import type { Context } from "./loaders.ts";
import type { Actor, QuerycaseByNumberArgs } from "./types.generated.ts";

type Reference = { id: string };
/** A case as others name it: the CRM is asked only for more than its id and number. */
type Named = Reference & { originating?: boolean };

/** A field that the CRM tells; null where it has no such case (any more). */
const told =
  <Value>(show: (known: Known<CrmCase>, company: string) => Value) =>
  async ({ id }: Named, _: unknown, { loaders }: Context): Promise<Value | null> => {
    const known = await loaders.caseById.load(id);
    return known && show(known, parseForeignId(id)!.company);
  };

export const resolvers: ResolverMap = {
  Query: { case: (_, reference: Reference, context: Context) => caseById(reference, context), caseByNumber },
  Return: { __resolveReference: (reference: Reference) => reference, cases: casesOfReturn },
  Order: { __resolveReference: (reference: Reference) => reference, cases: casesOfOrder },
  Case: {
    __resolveReference: caseById,
    number: ({ id }: Named) => parseForeignId(id)?.number ?? null,
    subject: told(({ value }) => value.subject),
    status: told(({ value }) => value.status),
    priority: told(({ value }) => value.priority),
    owner: told(({ value }, company) => ownerOf(value, company)),
    originating: ({ originating }: Named) => originating ?? null,
    url: told(({ value }) => value.url),
    customer: told(({ value }, company) => recordOf("erp.customer", company, value.customerNumber)),
    order: told(({ value }, company) => recordOf("erp.order", company, value.orderNumber)),
    returns: returnsOfCase,
    freshness: told(({ freshness }) => freshness),
  },
};

/** An agent types the order's number: blanks and case are not meant. */
const recordOf = (record: string, company: string, number: string | null): Reference | null =>
  number?.trim() ? { id: foreignIdOf(record, company, number.trim().toUpperCase()) } : null;

const ownerOf = ({ owner }: CrmCase, company: string): Actor | null =>
  owner && {
    id: foreignIdOf("crm.user", company, owner.name),
    displayName: owner.name,
    kind: owner.kind === "QUEUE" ? "SYSTEM" : "PERSON",
  };

async function caseById({ id }: Reference, { loaders }: Context): Promise<Named | null> {
  return (await loaders.caseById.load(id)) && { id };
}

/** Asks the CRM of every company the caller sees unless one is named; several hits are AMBIGUOUS_NUMBER (D-29). */
async function caseByNumber(
  _: unknown,
  { number, companyId }: QuerycaseByNumberArgs,
  { loaders, caller, systems }: Context,
): Promise<Named | null> {
  const wanted = number.trim();
  const asked = companies.filter(
    ({ id }) => seesRecordsOf(caller, id) && (companyId ?? id) === id && systems.crmOf(id) !== null,
  );
  const ids = wanted === "" ? [] : asked.map(({ id }) => foreignIdOf("crm.case", id, wanted));
  const answers = await loaders.caseById.loadMany(ids);
  const found = ids.filter((_id, at) => answers[at] !== null && !(answers[at] instanceof Error));
  if (found.length > 1) throw coded("AMBIGUOUS_NUMBER", { number: wanted });
  if (found[0]) return { id: found[0] };
  const failed = answers.find((answer) => answer instanceof Error);
  if (failed) throw failed;
  return null;
}

/** From our own facts, so that they are there while the CRM is not. Cases are for people of ours. */
async function casesOfReturn({ id }: Reference, _: unknown, { loaders, caller }: Context): Promise<Named[] | null> {
  if (!seesAnything(caller)) return null;
  const state = await loaders.returnById.load(id);
  return state && state.caseIds.map(({ caseId, originating }) => ({ id: caseId, originating }));
}

/** What the CRM's agents say is about the order. */
async function casesOfOrder({ id }: Reference, _: unknown, { loaders, systems }: Context): Promise<Named[] | null> {
  const company = parseForeignId(id)?.company ?? "";
  const known = await loaders.casesByOrderId.load(id);
  if (!known) return systems.crmOf(company) ? null : [];
  return known.value.map((value) => {
    const caseId = foreignIdOf("crm.case", company, value.number);
    loaders.caseById.prime(caseId, { value, freshness: known.freshness });
    return { id: caseId };
  });
}

async function returnsOfCase({ id }: Named, _: unknown, { loaders }: Context): Promise<Reference[]> {
  const ids = (await loaders.returnIdsByCase.load(id)) ?? [];
  const states = await loaders.returnById.loadMany(ids);
  return ids.flatMap((returnId, at) => (states[at] === null || states[at] instanceof Error ? [] : [{ id: returnId }]));
}
