/** A bare worker that stays, beside an actor that does. */
import { parentPort } from 'node:worker_threads';

parentPort.on('message', () => {});
parentPort.postMessage('up');
