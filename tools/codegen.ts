import { readFileSync } from "node:fs";
import path from "node:path";
import { buildASTSchema, parse } from "graphql";
import { generateCode, writeGeneratedCode } from "mercurius-codegen/dist/code.js";
import { parse as parseYaml } from "yaml";

const root = path.resolve(import.meta.dirname, "..");
type Settings = {
  schema: string[];
  target: string;
  preamble: string;
  cut: string;
  subgraphs: string[];
  config: Record<string, unknown>;
};

/** Writes `types.generated.ts` of every subgraph as codegen.yml says; a file that is right already is left alone. */
async function generateTypes(): Promise<string[]> {
  const settings = parseYaml(readFileSync(path.join(root, "codegen.yml"), "utf8")) as Settings;
  const written: string[] = [];
  for (const name of settings.subgraphs) written.push(await generateOne(name, settings));
  return written;
}

async function generateOne(name: string, { schema, target, preamble, cut, config }: Settings): Promise<string> {
  const at = (file: string) => path.join(root, file.replace("{name}", name));
  const sdl = schema.map((file) => readFileSync(at(file), "utf8")).join("\n");
  // Not the built subgraph schema: that yields types that don't exist (subgraphs.md, section 2).
  const ast = buildASTSchema(parse(sdl), { assumeValidSDL: true });
  const code = await generateCode(ast, config, preamble, true);
  const end = code.lastIndexOf(cut);
  return writeGeneratedCode({ code: end < 0 ? code : code.slice(0, end), targetPath: at(target) });
}

if (import.meta.main) await generateTypes();
