/**
 * The main job's index, in a process of its own: the time that it prints, from the start of the actor system to the
 * whole index, and the CPU of all of the process, its start and the loading of its modules included. Args: tokenizers
 * on threads of their own (0 is all actors inline), folder (this project's node_modules by default).
 */
import { fileURLToPath } from 'node:url';
import { runApp } from '../../dist/samples/05-code-search/app.js';
import { check, report } from '../lib/program.mjs';

const [threads, folder = fileURLToPath(new URL('../../node_modules', import.meta.url))] =
  process.argv.slice(2);
let said = '';
process.stderr.write = (text) => {
  said += text;
  return true;
};
await runApp([folder, '--once', '--threads', threads], new AbortController().signal);
delete process.stderr.write;
const [head, figures] = said.split('\n').map((line) => line.split(/ {2,}/));
const seconds = Number(figures[head.indexOf('seconds')]);
check('a time in what it said', seconds > 0, true);
const { user, system } = process.cpuUsage();
report({ seconds, 'CPU seconds': (user + system) / 1e6 });
