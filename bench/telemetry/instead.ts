// Has a process load other modules than it asks for: what costs nothing, instead of what is measured.
import path from 'node:path';

/** NODE_OPTIONS under which `specifier` means a file of this folder. */
export function instead(specifier: string, file: string): Record<string, string> {
  const url = `file://${path.join(import.meta.dirname, file)}`;
  const hooks = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve: (name, context, next) => next(name === ${JSON.stringify(specifier)} ? ${JSON.stringify(url)} : name, context),
    });
  `;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hooks)}` };
}
