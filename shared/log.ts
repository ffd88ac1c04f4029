import { destination, pino, type Logger } from "pino";

export type Log = Logger;
export interface LogOptions {
  level: string;
  /** The process: gateway, worker, sandbox … */
  name: string;
  /** A file instead of standard output. */
  file?: string | undefined;
}

/** JSON lines with the vendor's text and the cause in them; tokens, keys and passwords are taken out. */
export function createLog({ level, name, file }: LogOptions): Log {
  const settings = {
    level,
    name,
    redact: {
      paths: ["authorization", "*.authorization", "headers['x-api-key']", "*.token", "*.secret", "*.password"],
      censor: "[removed]",
    },
    serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
  };
  return pino(
    settings,
    destination({ ...(file === undefined ? { dest: 1 } : { dest: file, mkdir: true }), sync: true }),
  );
}

/** A log that says nothing: for tests and for tools whose output is their answer. */
export const createSilentLog = (): Log => pino({ level: "silent" });
