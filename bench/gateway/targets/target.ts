/** What a target is started with. */
export type Setting = {
  /** The subgraphs' addresses by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** The supergraph, and the same one with requirements of authorization. */
  readonly supergraph: string;
  readonly secured: string;
  /** A folder of its own, gone after the run. */
  readonly folder: string;
};

/** How a started target is asked. */
export type Target = {
  readonly port: number;
  readonly path: string;
  /** Whether the path names the document, so that only variables are sent. */
  readonly byDocument: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

export type StartTarget = (setting: Setting) => Promise<Target>;
