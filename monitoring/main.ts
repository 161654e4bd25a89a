// Writes what is generated: `make monitoring`.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generated, root } from './generated.ts';

for (const [name, text] of Object.entries(generated())) {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
