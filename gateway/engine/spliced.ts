/** A part of a subgraph's answer that goes into ours as it came: JSON of exactly what the client asked for there. */
export class Spliced {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value that somebody has to look into after all. */
export const unspliced = (value: unknown): unknown =>
  value instanceof Spliced ? (JSON.parse(value.text) as unknown) : value;
