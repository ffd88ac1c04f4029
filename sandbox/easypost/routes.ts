import type { Answer, SandboxRequest } from "../http.ts";
import type { Account } from "./account.ts";
import { EasyPostError, notFound, readBody } from "./answers.ts";
import { buy, create, list, refund, shipmentOf, shipmentView } from "./shipments.ts";
import { batch, trackerView } from "./trackers.ts";
import { batchOfTrackers, buyShipment, createShipment } from "./wire.ts";

type Asked = { account: Account; id: string; query: URLSearchParams; request: SandboxRequest };
type Route = { name: string; method: string; path: RegExp; answer: (asked: Asked) => Answer };

const route = (name: string, path: string, answer: Route["answer"]): Route => {
  const [method = "", pattern = ""] = path.split(" ");
  return { name, method, path: new RegExp(`^/v2${pattern.replace("{id}", "([^/]+)")}$`), answer };
};
const ok = (body: unknown, status = 200): Answer => ({ status, body });

const ROUTES: Route[] = [
  route("shipments", "POST /shipments", ({ account, request }) =>
    account.transaction(() =>
      ok(shipmentView(account, create(account, readBody(createShipment, request.body).shipment)), 201),
    ),
  ),
  route("shipments", "GET /shipments", ({ account, query, request }) => {
    const wanted = whole(query, "page_size", { least: 1, most: 100, otherwise: 20 });
    const pageSize = request.fault?.kind === "page-size" ? Math.min(wanted, request.fault.size) : wanted;
    const purchased = query.get("purchased");
    return ok(
      list(account, {
        pageSize,
        beforeId: query.get("before_id"),
        start: query.get("start_datetime"),
        purchased: purchased === null ? null : purchased === "true",
      }),
    );
  }),
  route("shipments/buy", "POST /shipments/{id}/buy", ({ account, id, request }) =>
    account.transaction(() =>
      ok(shipmentView(account, buy(account, shipmentOf(account, id), readBody(buyShipment, request.body).rate.id))),
    ),
  ),
  route("shipments/refund", "POST /shipments/{id}/refund", ({ account, id }) =>
    account.transaction(() => ok(shipmentView(account, refund(account, shipmentOf(account, id))))),
  ),
  route("shipments", "GET /shipments/{id}", ({ account, id }) => ok(shipmentView(account, shipmentOf(account, id)))),
  route("trackers/batch", "POST /trackers/batch", ({ account, request }) =>
    ok(batch(account, readBody(batchOfTrackers, request.body).tracking_codes)),
  ),
  route("trackers", "GET /trackers/{id}", ({ account, id }) =>
    ok(trackerView(account.tables.trackers.get(id) ?? notFound())),
  ),
];

const match = ({ method, path }: { method: string; path: string }) => {
  const { pathname, searchParams } = new URL(path, "http://easypost");
  const found = ROUTES.find((each) => each.method === method && each.path.test(pathname));
  return found && { route: found, id: found.path.exec(pathname)?.[1] ?? "", query: searchParams };
};

/** For counting calls: method and resource. */
export const kindOf = (request: { method: string; path: string }): string =>
  `${request.method} ${match(request)?.route.name ?? "unknown"}`;

/** Answers a request of an authenticated client; throws EasyPostError. */
export function answerRoute(account: Account, request: SandboxRequest): Answer {
  const found = match(request) ?? notFound();
  return found.route.answer({ account, id: decodeURIComponent(found.id), query: found.query, request });
}

type Bounds = { least: number; most: number; otherwise: number };
function whole(query: URLSearchParams, name: string, { least, most, otherwise }: Bounds): number {
  const text = query.get(name) ?? String(otherwise);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new EasyPostError(422, "PARAMETER.INVALID", `Give a whole number from ${least} to ${most}.`, [
      { field: name, message: "is out of range" },
    ]);
  return value;
}
