import { readFileSync } from "node:fs";
import path from "node:path";

const folder = path.resolve(import.meta.dirname, "../../test/contract/documents");

/** The text of a document as its clients send it: `service-ui/request-return`. */
export const contractDocument = (name: string): string => readFileSync(path.join(folder, `${name}.graphql`), "utf8");
