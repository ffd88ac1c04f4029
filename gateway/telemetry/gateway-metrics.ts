import { leanCounter, leanHistogram } from "#shared/lean-metrics.ts";
import { gauge, readGauge } from "#shared/telemetry.ts";

// What the gateway measures; docs/metrics.md says what each is good for. Labels are bounded: names of operations only where a document is registered.

export const operationSeconds = leanHistogram(
  "gateway_operation_seconds",
  "Queries and mutations: how long, and how they ended",
  ["kind", "outcome", "door"],
);
export const operations = leanCounter(
  "gateway_operations_total",
  "Operations by registered name (empty for any other), kind, how they ended, and door",
  ["operation", "kind", "outcome", "door"],
);
export const refused = leanCounter(
  "gateway_refused_total",
  "Requests that were refused before anything ran, by code and door",
  ["code", "door"],
);
export const errors = leanCounter(
  "gateway_errors_total",
  "Errors in answers, by code, by the subgraph that they come from (empty: the gateway) and registered operation",
  ["code", "subgraph", "operation"],
);
export const fetchSeconds = leanHistogram(
  "gateway_fetch_seconds",
  "Fetches from subgraphs: how long, and how they ended",
  ["subgraph", "outcome"],
);
export const mergedFetches = leanCounter(
  "gateway_merged_fetches_total",
  "Calls saved because entities were asked for together",
  ["subgraph"],
);
export const prepared = leanCounter(
  "gateway_prepared_total",
  "Documents looked up: found ready (hit), made ready (miss), refused",
  ["outcome"],
);
export const prepareSeconds = leanHistogram(
  "gateway_prepare_seconds",
  "What it takes to make a document ready: parse, validate, plan, compile",
  [],
);
export const readPreparedDocuments = readGauge("gateway_prepared_documents", "Documents that the engines keep ready");
export const connections = gauge("gateway_open_connections", "Sockets and event streams open now", ["door"]);
export const subscriptions = gauge("gateway_active_subscriptions", "Subscriptions followed now", ["door"]);
