/** A part of a subgraph's answer that goes into ours as it came: fields that the client asked for one after the other, with their names (`"id":"1","name":null`). */
export class Spliced {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object with all its fields as values, for who has to look into them. */
export function unspliced(entity: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const whole = { ...entity };
  for (const value of Object.values(entity))
    if (value instanceof Spliced) Object.assign(whole, JSON.parse(`{${value.text}}`));
  return whole;
}
