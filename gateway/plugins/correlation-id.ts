import type { ApolloServerPlugin } from "@apollo/server";
import { CORRELATION_HEADER } from "#shared/caller.ts";
import { ulid } from "#shared/ulid.ts";
import type { GatewayContext } from "../request.ts";

const acceptable = /^[\w.:-]{1,128}$/;

/** The client's correlation id where it sent a usable one, else a new one. */
export const correlationIdOf = (given: unknown): string =>
  typeof given === "string" && acceptable.test(given) ? given : ulid();

/** Every answer says under which id it is found in logs, facts and systems. */
export const correlationId: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response, contextValue }) => {
      response.http.headers.set(CORRELATION_HEADER, contextValue.correlationId);
    },
  }),
};
