import { randomBytes } from "node:crypto";
import { createInternalKeys } from "#shared/caller.ts";
import { newSandboxCredentials } from "./start/kept.ts";

// `npm run --silent secrets > .env`: fresh keys and passwords for docker-compose.yml. Each run makes others.

const { privateKey, publicKeys } = await createInternalKeys();
const secrets = {
  POSTGRES_PASSWORD: randomBytes(24).toString("base64url"),
  INTERNAL_KEY: JSON.stringify(privateKey),
  INTERNAL_PUBLIC_KEYS: JSON.stringify(publicKeys),
  ...newSandboxCredentials(),
};
for (const [name, value] of Object.entries(secrets)) console.log(`${name}='${value}'`);
