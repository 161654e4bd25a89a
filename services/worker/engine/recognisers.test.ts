import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultLimits } from '#core/domain/limits.ts';
import type { EngineName, Recogniser } from './engine.ts';
import type { EngineSettings } from './protocol.ts';
import { openRecogniser, recognisers } from './recognisers.ts';

const settings = (engine: EngineSettings['engine']): EngineSettings => ({
  engine,
  tessdata: undefined,
  cache: '',
  limits: defaultLimits,
});

function works(name: EngineName): [EngineName, () => Recogniser] {
  const recogniser: Recogniser = {
    name,
    version: '1',
    prepare: async () => 'fast',
    recognise: async () => [],
  };
  return [name, () => recogniser];
}

function lacks(name: EngineName, what: string): [EngineName, () => Recogniser] {
  return [
    name,
    () => {
      throw new Error(what);
    },
  ];
}

describe('the engine', () => {
  test('is the native one where it can be had', () => {
    assert.deepEqual(
      recognisers.map(([name]) => name),
      ['libtesseract', 'tesseract-js'],
    );
    const chosen = openRecogniser(settings('auto'), [works('libtesseract'), works('tesseract-js')]);
    assert.equal(chosen.recogniser.name, 'libtesseract');
    assert.equal(chosen.reason, 'auto: the first choice');
  });

  test('is the portable one elsewhere, which says what the native one lacks', () => {
    const chosen = openRecogniser(settings('auto'), [
      lacks('libtesseract', 'the library is not installed: apt-get install it'),
      works('tesseract-js'),
    ]);
    assert.equal(chosen.recogniser.name, 'tesseract-js');
    assert.equal(chosen.reason, 'auto: the library is not installed: apt-get install it');
  });

  test('is the one that is named, or none', () => {
    const list = [lacks('libtesseract', 'not installed'), works('tesseract-js')];
    const chosen = openRecogniser(settings('tesseract-js'), list);
    assert.deepEqual([chosen.recogniser.name, chosen.reason], ['tesseract-js', 'as configured']);
    assert.throws(() => openRecogniser(settings('libtesseract'), list), /^Error: not installed$/);
  });

  test('that nobody has is said once with every reason', () => {
    const list = [
      lacks('libtesseract', 'no models'),
      lacks('tesseract-js', 'no models'),
      lacks('tesseract-js', 'no thread'),
    ];
    assert.throws(() => openRecogniser(settings('auto'), list), /^Error: no models; no thread$/);
  });
});
