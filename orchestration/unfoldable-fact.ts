/** A fact that the fold can't take (W-22): its return is quarantined, nobody else's. */
export class UnfoldableFact extends Error {
  readonly returnId: string;
  readonly version: number;
  readonly kind: string;

  constructor(fact: { returnId: string; version: number; kind: string }, why: string, options: ErrorOptions = {}) {
    super(`${fact.kind} (version ${fact.version} of ${fact.returnId}) can't be folded: ${why}`, options);
    this.name = "UnfoldableFact";
    this.returnId = fact.returnId;
    this.version = fact.version;
    this.kind = fact.kind;
  }
}
