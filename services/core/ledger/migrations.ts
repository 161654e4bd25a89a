import path from 'node:path';

/** Folder of the migrations of this checkout or image. */
export const migrations = path.join(import.meta.dirname, '../../../migrations');
