import { engineContract } from '../contract.ts';

engineContract('libtesseract', { tightBytes: 100 * 1024 * 1024 });
