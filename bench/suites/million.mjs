/** A million actors in shared placement; its arm gives up at 8 GB. */
import { crowd } from '../lib/crowd.mjs';

export const suite = { title: 'A million shared actors', ...crowd(1_000_000) };
