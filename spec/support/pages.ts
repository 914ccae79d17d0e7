/** Pages of Markdown, as specs read them: their blocks of code, what those are said to print, and their links. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Block {
  /** Of the page, counted from 1. */
  readonly line: number;
  readonly language: string;
  /** The name in the first line, as `// src/hello.ts`. */
  readonly file: string | undefined;
  readonly text: string;
}

export interface Page {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

export function readPage(root: string, path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language, 2: code }) => ({
      line: text.slice(0, index).split('\n').length,
      language,
      file: /^\/\/ (\S+\.\w+)$/m.exec(code.split('\n', 1)[0])?.[1],
      text: code,
    }),
  );
  return { path, text, blocks };
}

/** The commands of a page's blocks of `sh`, one each, without comments. */
export function commandsOf({ blocks }: Page): string[] {
  return blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .flatMap((line) => line.replace(/(^|\s+)#.*$/, '').split('&&'))
    .map((command) => command.trim())
    .filter((command) => command !== '');
}

const PRINTS = /\bconsole\.log\(/;

export const isProgram = ({ text }: Block): boolean => PRINTS.test(text);

/** What each `console.log` of a block prints, by the comment behind it; undefined where there is none. */
export function saidToPrint(block: Block): { readonly line: number; readonly says: string | undefined }[] {
  return block.text.split('\n').flatMap((text, index) => {
    if (!PRINTS.test(text)) return [];
    return [{ line: block.line + 1 + index, says: /\s\/\/ (.+)$/.exec(text)?.[1] }];
  });
}

/**
 * What of an output the comments do not say, and what they say that is not there. `…` stands for what varies, and
 * a line may stand for several.
 */
export function compare(output: string, said: readonly string[]): { unsaid: string; missing: string[] } {
  const missing: string[] = [];
  for (const says of said) {
    const pattern = says
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/\s+/g, '\\s+'))
      .join('[^]*?');
    const line = new RegExp(`^${pattern}$`, 'gm');
    if (!line.test(output)) missing.push(says);
    output = output.replace(line, '');
  }
  return { unsaid: output.trim(), missing };
}

/** Targets of links, as written, but for those that lead out of the repository. */
export function linksOf({ text }: Page): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to).filter((to) => !/^[a-z]+:/.test(to));
}

/** Headings as link targets, by the rule of GitHub. */
export function anchorsOf({ text }: Page): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-'),
  );
}

/** Files and folders that a page names in backticks; `{a,b}.ts` are two. */
export function filesNamedIn({ text }: Page): string[] {
  return [...text.matchAll(/`([^`\s]+)`/g)]
    .flatMap(([, name]) => {
      const [, before, list, after] = /^(.*)\{(.+)\}(.*)$/.exec(name) ?? [];
      return list === undefined ? [name] : list.split(',').map((one) => `${before}${one}${after}`);
    })
    .filter((name) => /^[.\w][\w./-]*(\.(ts|mjs|js|md|json)|\/)$/.test(name));
}
