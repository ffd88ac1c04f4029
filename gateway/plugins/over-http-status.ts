import type { ApolloServerPlugin } from "@apollo/server";
import type { GatewayContext } from "../request.ts";

/** A well-formed request whose document or variables are wrong; malformed parameters keep their 400. */
const wellFormed = new Set(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "TOO_COSTLY"]);

/** Clients that don't ask for `application/graphql-response+json` get 200 for those, as GraphQL over HTTP says (audits 572B, FDE2, 7B9B). */
export const overHttpStatus: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ request, response, errors }) => {
      if (response.http.status !== 400 || !errors?.length) return;
      const asks = request.http?.headers.get("accept")?.includes("application/graphql-response+json");
      if (!asks && errors.every(({ extensions }) => wellFormed.has(String(extensions["code"]))))
        response.http.status = 200;
    },
  }),
};
