/** Where Redis is: one server, or nodes of a Cluster, of which one that answers is enough to find the others. */
export type RedisAddress = {
  isCluster: boolean;
  nodes: { host: string; port: number }[];
  tls: boolean;
  username: string | undefined;
  password: string | undefined;
};

const schemes: Record<string, { tls: boolean; isCluster: boolean }> = {
  "redis:": { tls: false, isCluster: false },
  "rediss:": { tls: true, isCluster: false },
  "redis+cluster:": { tls: false, isCluster: true },
  "rediss+cluster:": { tls: true, isCluster: true },
};

/** Several addresses with commas between, or `redis+cluster://`, are a Cluster. Gives the end of a sentence that begins with the variable where it is none. */
export function readRedisAddress(text: string): RedisAddress | string {
  const parts = text.split(",").map((part) => part.trim());
  const urls = parts.map((part) => (URL.canParse(part) ? new URL(part) : null));
  const wrong = urls.findIndex((url) => !url?.hostname || !Object.hasOwn(schemes, url.protocol));
  if (wrong >= 0 && parts.length === 1)
    return "is not a redis:// address, nor several of a Cluster with commas between";
  if (wrong >= 0) return `has an address that is not redis:// (number ${wrong + 1} of ${parts.length})`;
  const known = urls as [URL, ...URL[]];
  const [first] = known;
  const isCluster = known.length > 1 || schemes[first.protocol]!.isCluster;
  if (known.some((url) => signOf(url) !== signOf(first)))
    return "has addresses that differ in scheme, user or password; those of a Cluster must agree";
  if (isCluster && known.some(({ pathname }) => !/^\/?0?$/.test(pathname)))
    return "asks for a numbered database; a Cluster has only 0, so leave the number out";
  return {
    isCluster,
    nodes: known.map(({ hostname, port }) => ({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 6379) })),
    tls: schemes[first.protocol]!.tls,
    username: decodeURIComponent(first.username) || undefined,
    password: decodeURIComponent(first.password) || undefined,
  };
}

const signOf = ({ protocol, username, password }: URL): string => `${protocol} ${username} ${password}`;
