// Which recognisers there are, in the order in which `auto` tries them: the native library
// reads the same models at 2.2 times the speed of the portable one.
import type { EngineName, Recogniser } from './engine.ts';
import { openLibtesseract } from './libtesseract/recogniser.ts';
import type { EngineSettings } from './protocol.ts';
import { openTesseractJs } from './tesseract-js/recogniser.ts';

/** Throws an Error whose message says what to install. */
type OpenRecogniser = (settings: Pick<EngineSettings, 'tessdata' | 'cache'>) => Recogniser;

export const recognisers: readonly (readonly [EngineName, OpenRecogniser])[] = [
  ['libtesseract', openLibtesseract],
  ['tesseract-js', openTesseractJs],
];

/** The one that is wanted, or the first that works; `reason` tells in a line why it is this one. */
export function openRecogniser(
  settings: EngineSettings,
  among = recognisers,
): { recogniser: Recogniser; reason: string } {
  const wanted = among.filter(([name]) => settings.engine === 'auto' || settings.engine === name);
  const missed = new Set<string>();
  for (const [, open] of wanted) {
    try {
      const recogniser = open(settings);
      if (settings.engine !== 'auto') return { recogniser, reason: 'as configured' };
      return { recogniser, reason: `auto: ${[...missed].join('; ') || 'the first choice'}` };
    } catch (error) {
      missed.add(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error([...missed].join('; ') || `no engine is called ${settings.engine}`);
}
