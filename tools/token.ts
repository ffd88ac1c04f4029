import { parseArgs } from "node:util";
import { type DemoClaims, demoPartners, demoPeople, demoRole } from "#gateway/access/demo-people.ts";
import { issuerKey, issueToken, lastAddress } from "#gateway/access/development-issuer.ts";
import { type Role, ROLES } from "#shared/caller.ts";
import { type Config, readConfig } from "#shared/config.ts";

// `npm run --silent token -- --role service | --user ada | --partner acme-3pl`: a token of the development issuer for an hour.

const usage = `Say for whom: --role ${ROLES.join(" | ")}, --user ${Object.keys(demoPeople).join(" | ")}, or --partner ${Object.keys(demoPartners).join(" | ")}.`;

/** The claims that the words ask for; throws a sentence that names what is known. */
export function claimsFor(words: readonly string[]): DemoClaims {
  const option = { type: "string" } as const;
  const { values } = parseArgs({ args: [...words], options: { role: option, user: option, partner: option } });
  const [[kind, name] = [], ...more] = Object.entries(values);
  if (kind === undefined || name === undefined || more.length > 0) throw new Error(usage);
  const known = {
    role: (ROLES as readonly string[]).includes(name) ? demoRole(name as Role) : undefined,
    user: demoPeople[name],
    partner: demoPartners[name],
  }[kind];
  if (!known) throw new Error(`There is no ${kind} ${name}. ${usage}`);
  return known;
}

/** A token as the gateway of these settings accepts it. */
export async function tokenFor(claims: DemoClaims, config: Config): Promise<string> {
  const { oidcIssuer, dataDir, issuerPort, oidcAudience: audience } = config;
  if (oidcIssuer !== undefined)
    throw new Error(`Tokens come from OIDC_ISSUER ${oidcIssuer}; the development issuer is off.`);
  const issuer = issuerPort === 0 ? await lastAddress(dataDir) : `http://127.0.0.1:${issuerPort}`;
  return issueToken({ key: await issuerKey(dataDir), issuer, audience }, claims);
}

if (import.meta.main) {
  try {
    console.log(await tokenFor(claimsFor(process.argv.slice(2)), readConfig()));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
