// What clients send. Few files, so that the fault-free text of each is quickly known; many
// pages in some, so that there is a middle in which to die.
import { fixture, scannedPdf } from '../fixtures.ts';

export interface Sample {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** How often it is sent, in relation to the others. */
  readonly weight: number;
}

export function loadSamples(): readonly Sample[] {
  return [
    { name: 'word', contentType: 'image/jpeg', bytes: fixture('word.jpg'), weight: 8 },
    { name: 'receipt', contentType: 'image/jpeg', bytes: fixture('receipt.jpg'), weight: 6 },
    { name: 'print', contentType: 'image/png', bytes: fixture('print.png'), weight: 6 },
    { name: 'card', contentType: 'application/pdf', bytes: fixture('scorecard.pdf'), weight: 3 },
    { name: 'scan-4', contentType: 'application/pdf', bytes: scannedPdf(4), weight: 3 },
    { name: 'scan-15', contentType: 'application/pdf', bytes: scannedPdf(15), weight: 1 },
  ];
}
