import { type Api, type EntitySet, knownSet, setsOf } from "./entity-sets.ts";
import type { Field } from "./fields.ts";

const EDM: Record<Field["type"], string> = {
  guid: "Edm.Guid",
  code: "Edm.String",
  text: "Edm.String",
  option: "Edm.String",
  int: "Edm.Int32",
  decimal: "Edm.Decimal",
  date: "Edm.Date",
  datetime: "Edm.DateTimeOffset",
  boolean: "Edm.Boolean",
};
const ACTIONS: Record<string, string[]> = {
  salesCreditMemos: ["post"],
  returnOrders: ["post"],
  returnReceipts: ["post", "createCreditMemo"],
  inventoryAdjustments: ["post"],
  salesOrders: ["shipAndInvoice"],
};

/** `$metadata` of one API as CSDL. */
export function metadata(api: Api): string {
  const sets = setsOf(api);
  return `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">
${sets.map(entityType).join("\n")}
${sets.flatMap(actions).join("\n")}
<EntityContainer Name="NAV">${sets.map(({ name, type }) => `<EntitySet Name="${name}" EntityType="Microsoft.NAV.${type}"/>`).join("")}</EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`;
}

const entityType = (set: EntitySet) =>
  `<EntityType Name="${set.type}"><Key><PropertyRef Name="id"/></Key>${set.fields.map(property).join("")}${set.navigations
    .map(
      ({ name, set: target, many }) =>
        `<NavigationProperty Name="${name}" Type="${many ? `Collection(Microsoft.NAV.${knownSet(target).type})` : `Microsoft.NAV.${knownSet(target).type}`}"/>`,
    )
    .join("")}</EntityType>`;

const property = ({ name, type, length }: Field) =>
  `<Property Name="${name}" Type="${EDM[type]}"${length ? ` MaxLength="${length}"` : ""}/>`;
const actions = (set: EntitySet) =>
  (ACTIONS[set.name] ?? []).map(
    (name) =>
      `<Action Name="${name}" IsBound="true"><Parameter Name="bindingParameter" Type="Microsoft.NAV.${set.type}"/></Action>`,
  );
