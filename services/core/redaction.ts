// Blots out of a text what gives access: values that are known, and what looks like a credential
// wherever it comes from.

const blot = '[redacted]';
/** Shorter ones are parts of words; who has such a password has none. */
const shortest = 8;

/** Each keeps what stands before the credential, so that a line still says what it was about. */
const shapes: readonly RegExp[] = [
  // user:password@ of a URL
  /(\b[a-z][a-z\d+.-]*:\/\/[^\s:/?#@"]*:)[^\s/?#"]+(?=@)/gi,
  // Signed URLs, ours and those of S3 in both versions, and tokens in queries
  /([?&](?:signature|access_token|x-amz-(?:signature|credential|security-token)|awsaccesskeyid)=)[^&\s"'\\]+/gi,
  /\b(bearer[ .]+)[\w~+/=.-]{8,}/gi,
  /("(?:authorization|cookie|set-cookie|password|secret|token|access_token|secretAccessKey|sessionToken)":")(?:[^"\\]|\\.)*/gi,
];

/** For lines of JSON: a value is looked for as it stands in a string there. */
export function createRedaction(secrets: readonly string[]): (line: string) => string {
  const values = secrets
    .filter((value) => value.length >= shortest)
    .flatMap((value) => [JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]);
  const known = [...new Set(values)];
  return (line) => {
    let text = line;
    for (const value of known) if (text.includes(value)) text = text.replaceAll(value, blot);
    for (const shape of shapes) text = text.replace(shape, `$1${blot}`);
    return text;
  };
}
