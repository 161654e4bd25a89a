import { engineContract } from '../contract.ts';

engineContract('tesseract-js', { tightBytes: 120 * 1024 * 1024 });
