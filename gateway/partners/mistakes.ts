/** Where something is in a file: `["keys", 0, "client"]`. */
export type Path = readonly (string | number)[];

/** All that is wrong with one bundle, a sentence each: file and line, member, what is wrong and what to do. */
export class BundleMistakes extends Error {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join("\n"));
    this.name = "BundleMistakes";
    this.mistakes = mistakes;
  }
}

/** `partners/boltco/documents/app.json operations.2.body: …`. */
export const mistake = (file: string, member: string | null, sentence: string): string =>
  `${file}${member === null ? "" : ` ${member}`}: ${sentence}`;
