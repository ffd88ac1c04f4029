/** What the GraphQL doors answer with. */
export const MEDIA = {
  json: "application/json",
  response: "application/graphql-response+json",
  stream: "text/event-stream",
} as const;
export type MediaType = (typeof MEDIA)[keyof typeof MEDIA];
