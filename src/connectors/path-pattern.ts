import { Buffer } from 'node:buffer';
import fs from 'node:fs';

/**
 * The paths that match a pattern of the shell (XCU 2.14): `*`, `?`, `[a-z]`, `[!a]` within one name, none of
 * which takes a slash or the dot that a hidden name begins with; `\` takes the letter behind it as it is. In the
 * order of their bytes. A folder that cannot be read holds nothing.
 */
export function pathsMatching(pattern: string): string[] {
  const steps = pattern.split('/');
  let paths = [''];
  steps.forEach((step, index) => {
    const last = index === steps.length - 1;
    const start = index === 0 ? '' : '/';
    paths = paths.flatMap((path) => {
      const base = path + start;
      if (!isPattern(step)) return [base + unescaped(step)];
      return namesIn(base, step).map((name) => base + name);
    });
    // What the pattern goes on behind must be there, and be a folder.
    if (!last) paths = paths.filter((path) => path === '' || isFolder(path));
  });
  return paths.filter(exists).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function namesIn(base: string, step: string): string[] {
  const expression = expressionOf(step);
  const hidden = step.startsWith('.') || step.startsWith('\\.');
  try {
    const names = fs.readdirSync(base === '' ? '.' : base);
    return names.filter((name) => (hidden || !name.startsWith('.')) && expression.test(name));
  } catch {
    return [];
  }
}

/** A pattern of one name as a regular expression. A `[` that is never closed stands for itself. */
function expressionOf(step: string): RegExp {
  let source = '';
  for (let i = 0; i < step.length; i++) {
    const letter = step[i]!;
    const [set] = letter === '[' ? (/^\[!?\]?(?:\\.|[^\]\\])*\]/s.exec(step.slice(i)) ?? []) : [];
    if (set !== undefined) {
      source += setExpression(set.slice(1, -1));
      i += set.length - 1;
    } else if (letter === '*') source += '.*';
    else if (letter === '?') source += '.';
    else if (letter === '\\') source += literal(step[++i] ?? '\\');
    else source += literal(letter);
  }
  return new RegExp(`^${source}$`, 'su');
}

/** `[!a-z]` without its brackets. A range that runs backwards matches nothing. */
function setExpression(set: string): string {
  const negated = set.startsWith('!');
  const letters = [...(negated ? set.slice(1) : set).matchAll(/\\?(.)(?:-\\?(.))?/gsu)];
  const ranges = letters
    .filter(([, from, to]) => to === undefined || from! <= to)
    .map(([, from, to]) =>
      [from!, to]
        .filter((end) => end !== undefined)
        .map(literalInSet)
        .join('-'),
    );
  return `[${negated ? '^' : ''}${ranges.join('')}]`;
}

const isPattern = (step: string): boolean => /[*?[]/.test(step.replaceAll(/\\./gs, ''));
const unescaped = (step: string): string => step.replaceAll(/\\(.)/gs, '$1');
const literal = (letter: string): string => letter.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
const literalInSet = (letter: string): string => letter.replace(/[\\^[\]-]/, '\\$&');

/** Whether there is a folder at this path. */
export function isFolder(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const exists = (path: string): boolean => fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
