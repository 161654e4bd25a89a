const choice = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** As a sentence has it: `JPEG, PNG or PDF`. */
export function anyOf(names: readonly string[]): string {
  return choice.format(names);
}
