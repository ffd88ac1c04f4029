import { GraphQLError } from "graphql";
import type { ErrorCode } from "#shared/errors.ts";

/** An operation that is not executed, whoever sends it: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT (no or an ambiguous operation, wrong variables), TOO_COSTLY, NOT_AVAILABLE. */
export class OperationRefused extends Error {
  /** Each with its code. */
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super(errors[0]?.message ?? "the operation is refused");
    this.name = "OperationRefused";
    this.errors = errors;
  }
}

/** A library's error under a code of ours. */
export const withCode = (error: GraphQLError, code: ErrorCode): GraphQLError =>
  new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    originalError: error,
    extensions: { ...error.extensions, code },
  });
