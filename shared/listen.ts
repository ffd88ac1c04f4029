import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A port that somebody else holds; the sentence names the variable that moves it. */
export class PortInUse extends Error {
  constructor(variable: string, port: number, options: ErrorOptions = {}) {
    super(portInUse(variable, port), options);
    this.name = "PortInUse";
  }
}

function portInUse(variable: string, port: number): string {
  return `${variable} ${port} is in use; set ${variable === "PORT" ? "PORT" : `${variable} or PORT`}.`;
}

/** Listens and gives the port (a free one for 0); a taken one is a PortInUse that names the variable. */
export function listen(server: Server, where: { host: string; port: number; variable: string }): Promise<number> {
  const { host, port, variable } = where;
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new PortInUse(variable, port, { cause: error }) : error),
    );
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Stops taking requests, lets those under way end, and closes idle connections. */
export function stopServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  });
}
