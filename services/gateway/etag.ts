// An upload's version as an entity tag. It counts the decisions about an upload, not the pages read
// in between: nothing that If-Match guards depends on those.

export function etagOf({ version }: { readonly version: number }): string {
  return `"${version}"`;
}

/** Of a checked If-Match header; undefined when any version will do. */
export function versionOf(ifMatch: string | undefined): number | undefined {
  return ifMatch === undefined || ifMatch === '*' ? undefined : Number(ifMatch.slice(1, -1));
}
