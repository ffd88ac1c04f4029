import type { GraphQLError, GraphQLFormattedError } from "graphql";

/** The errors of a request that never ran, as graphql-js makes them: not masked yet. */
export class RequestErrors extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super("a request with errors");
    this.name = "RequestErrors";
    this.errors = errors;
  }
}

/** One answer, or one event of a stream; `data` is JSON text, errors are not masked yet. */
export type Answer = {
  readonly data: string | undefined;
  readonly errors: readonly (GraphQLError | GraphQLFormattedError)[];
};
