/** SQL: what was recognised on a page of the table `pages`. One that carried its text cost no pixel. */
export const pageMegapixels = `
  case summary->>'source' when 'text-layer' then 0
       else (summary->>'width')::float8 * (summary->>'height')::float8 / 1e6 end`;
