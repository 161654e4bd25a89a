// The original name of a file is data; the name under which bytes are stored is made here.

const maxLength = 100;

/**
 * A name that is safe in a path, a URL and a header: ASCII letters, digits, `.`, `_` and `-`,
 * no leading dot, at most 100 characters, the extension kept. `../../etc/passwd` gives `passwd`.
 */
export function safeFileName(original: string): string {
  const base = original.normalize('NFKD').split(/[\\/]/).at(-1) ?? '';
  const cleaned = base
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^[._-]+|[._-]+$/g, '');
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(base)?.[0] ?? '';
  // Nothing before the extension is left of a name in another script.
  if (extension === `.${cleaned}`) return `file${extension}`;
  if (cleaned.length <= maxLength) return cleaned || 'file';
  return cleaned.slice(0, maxLength - extension.length) + extension;
}
