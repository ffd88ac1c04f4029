import { z } from "zod";

const ms = (fallback: number) => z.number().int().min(0).default(fallback);

/** Times and switches that tests and benchmarks command (W-30); operators leave them alone. Add what you need with its default. */
export const internals = z.strictObject({
  /** How long a claim holds an operation; longer than any deadline plus leaseMarginMs (W-05). */
  leaseMs: ms(60_000),
  /** A call is aborted so long before its lease ends. */
  leaseMarginMs: ms(5_000),
  /** Operations claimed at once, and run at once by one worker. */
  claimBatch: z.number().int().min(1).default(20),
  concurrency: z.number().int().min(1).default(20),
  /** Claims without progress before an operation is quarantined (W-10). */
  maxClaims: z.number().int().min(1).default(10),
  /** How long a request for a return waits for the ERP before it is taken as awaiting it (D-30). */
  requestValidationMs: ms(3_000),
  /** How often a worker looks for due work when no bell rings. */
  pollMs: ms(1_000),
  /** How often the sweeper rings for what is overdue. */
  sweepMs: ms(5_000),
  /** How often the sequencer looks for facts that nobody announced. */
  feedPollMs: ms(500),
  /** The first pause after a transient failure, and the longest. */
  retryFirstMs: ms(1_000),
  retryMaxMs: ms(300_000),
  /** Replaces every system's settleMs; only for systems on a loopback address (W-30). */
  settleMs: z.number().int().min(0).optional(),
  /** Replaces every system's limit; only for systems on a loopback address (W-30). */
  requestsPerMinute: z.number().int().min(1).optional(),
  /** Failures in a row that open a system's breaker, and how long it then waits for its probe. */
  breakerFailures: z.number().int().min(1).default(5),
  breakerHalfOpenMs: ms(10_000),
  /** How often the pull feeds of warehouses are read. */
  warehousePollMs: ms(60_000),
  /** How often the parcels that may still move are read. */
  parcelPollMs: ms(600_000),
  /** How often replacement orders that have not shipped are read. */
  replacementPollMs: ms(600_000),
  /** How long the gateway waits for a subgraph's whole answer. */
  subgraphDeadlineMs: ms(30_000),
  /** How often the file of `--supergraph` is looked at. */
  supergraphPollMs: ms(1_000),
  /** How often the partners' bundles are looked at. */
  partnersPollMs: ms(1_000),
  /** The first and the longest pause before a broken upstream subscription is opened again, and when the client is told. */
  resubscribeFirstMs: ms(100),
  resubscribeMaxMs: ms(5_000),
  resubscribeGiveUpMs: ms(60_000),
  /** Frames held for a client that reads slower than they come; then the upstream waits (it resumes by cursor). */
  subscriptionBuffer: z.number().int().min(1).default(256),
  /** A client that hasn't taken one frame for so long is closed. */
  slowClientMs: ms(30_000),
  /** A client of a WebSocket that says nothing for so long after connecting is closed. */
  connectionInitMs: ms(3_000),
  /** WebSockets are pinged so often and closed when the pong is not there by the next. */
  webSocketPingMs: ms(12_000),
  /** How often an event stream without news gets a comment, which keeps proxies from closing it. */
  eventStreamPingMs: ms(12_000),
  /** How long the gateway waits for the whole body of a request. */
  bodyMs: ms(10_000),
  /** Over how long a stopping gateway spreads the closing of its WebSockets and event streams. */
  closeSpreadMs: ms(2_000),
  /** The crash point (`<label>#<n>`) at which this process kills itself, the one at which it stops itself, and the file that gets each one passed. */
  crashAt: z.string().optional(),
  stopAt: z.string().optional(),
  crashPointsFile: z.string().optional(),
  /** Failures of one step that is refused for the moment (429, changed meanwhile) before it becomes a task; an unreachable system is waited for without end. */
  maxAttempts: z.number().int().min(1).default(25),
  /** The longest pause before an unreachable system is tried again. */
  heldMaxMs: ms(30_000),
  /** How often an idle or filtered feed stream tells where it is (W-25). */
  checkpointMs: ms(15_000),
  /** Facts the sequencer numbers at once; seqs in one partition of the feed. */
  feedBatch: z.number().int().min(1).default(500),
  feedPartition: z.number().int().min(1).default(1_000_000),
  /** How often parked events are looked at again, and after how long they become a task (W-19). */
  parkedSweepMs: ms(60_000),
  parkedTooLongMs: ms(86_400_000),
  /** How often what time alone brings is looked for: expiry, short-closing (W-14). */
  timersMs: ms(60_000),
  /** How often push subscriptions are checked for renewal. */
  renewMs: ms(3_600_000),
  /** How often what is past its retention is moved and dropped. */
  retentionMs: ms(3_600_000),
  /** Refuse a database that may lose what it acknowledged (W-29); only tests switch it off. */
  requireDurable: z.boolean().default(true),
  /** Make the house's documents ready at the start; houses of tests are asked for few of them and start a hundred times. */
  warmDocuments: z.boolean().default(true),
});

export type Internals = z.output<typeof internals>;
