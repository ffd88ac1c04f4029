import type { ApolloServerPlugin } from "@apollo/server";
import type { GatewayContext } from "../request.ts";

/** Answers are private: no shared cache may keep one or hand it to another caller (G-16), and nobody may take one for another type than it says. */
export const privateHeaders = {
  "cache-control": "private, no-store",
  vary: "Authorization, X-Api-Key, Accept, Origin",
  "x-content-type-options": "nosniff",
} as const;

export const cacheHeaders: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response }) => {
      for (const [name, value] of Object.entries(privateHeaders)) response.http.headers.set(name, value);
    },
  }),
};
