/** For `preload`: what every thread imports. */
import { startTracing } from './tracing.js';

startTracing();
