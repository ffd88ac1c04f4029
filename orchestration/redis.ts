import { readRedisAddress, type RedisAddress } from "#shared/redis-address.ts";
import { Cluster, Redis } from "ioredis";

export type RedisOptions = {
  /** Fails at once while there is no connection, rather than waiting for one. */
  failFast: boolean;
  /** Milliseconds until the next attempt to connect; null for none. */
  retry: (times: number) => number | null;
};

/** The address of REDIS_URL, which config has checked. */
export function redisAddress(url: string): RedisAddress {
  const address = readRedisAddress(url);
  if (typeof address === "string") throw new Error(`REDIS_URL: the value ${address}.`);
  return address;
}

/** A client of the server or Cluster; it connects by itself, and says `error` when it can't. */
export const connectRedis = (url: string, options: RedisOptions): Redis | Cluster =>
  redisAddress(url).isCluster ? connectCluster(url, options) : connectServer(url, options);

export const connectServer = (url: string, { failFast, retry }: RedisOptions): Redis =>
  new Redis(url, {
    maxRetriesPerRequest: failFast ? 1 : null,
    enableOfflineQueue: !failFast,
    retryStrategy: retry,
  });

export function connectCluster(url: string, { failFast, retry }: RedisOptions): Cluster {
  const { nodes, tls, username, password } = redisAddress(url);
  return new Cluster(nodes, {
    enableOfflineQueue: !failFast,
    clusterRetryStrategy: retry,
    // A certificate is for the name, so names are not looked up before.
    ...(tls ? { dnsLookup: (name, found) => found(null, name) } : {}),
    redisOptions: {
      maxRetriesPerRequest: failFast ? 1 : null,
      ...(tls ? { tls: {} } : {}),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    },
  });
}
