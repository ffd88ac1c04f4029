import type { Config } from "#shared/config.ts";
import { newSandboxCredentials } from "./kept.ts";

/**
 * Reads and checks systems.yml and the policy tables before anything is started or written: ConfigMistakes, PolicyMistakes. Worker and subgraphs need both;
 * gateway and sandbox read neither. A sandbox of our own brings the credentials that nobody set.
 */
export async function checkFiles(config: Config, { ownsSandbox }: { ownsSandbox: boolean }): Promise<void> {
  const { readSystems } = await import("#adapters/systems.ts");
  const { loadPolicies } = await import("#orchestration/policies/policies.ts");
  const made: Record<string, string> = ownsSandbox ? newSandboxCredentials() : {};
  readSystems({ config: { ...config, secret: (variable) => config.secret(variable) ?? made[variable] } });
  loadPolicies(config.policiesDir);
}
