// Names and words of somebody else's that are stored and shown.

export const longestLabel = 200;

/** A name as others gave it, made one that is taken. */
export function asLabel(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const plain = name.replaceAll(/[\u0000-\u001f\u007f]/g, ' ');
  if (plain.length <= longestLabel) return plain;
  // Its end tells a name from others as well as its beginning, and keeps the extension.
  const half = longestLabel / 2;
  return `${plain.slice(0, half - 1)}…${plain.slice(-half)}`.toWellFormed();
}
