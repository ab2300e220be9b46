import fs from 'node:fs';
import { join, relative } from 'node:path';

/**
 * What a run has left, by file and folder: byte for byte, but for what a stream says of the run itself, which are
 * barriers and the state members of its header, and whether it followed and so had ticks, and a file `.epochs` in its first line.
 */
export function outputsIn(folder: string, names: readonly string[]): Map<string, string> {
  const outputs = new Map<string, string>();
  for (const name of names) {
    for (const path of entriesAt(join(folder, name))) outputs.set(relative(folder, path), contentOf(path));
  }
  return outputs;
}

/** The first difference, for people; undefined: there is none. */
export function difference(
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
): string | undefined {
  for (const name of new Set([...expected.keys(), ...actual.keys()])) {
    const [wanted, got] = [expected.get(name), actual.get(name)];
    if (wanted === got) continue;
    if (wanted === undefined) return `${name} should not be there`;
    if (got === undefined) return `${name} is missing`;
    const [want, have] = [wanted.split('\n'), got.split('\n')];
    const at = want.findIndex((line, index) => line !== have[index]);
    const line = at < 0 ? want.length : at;
    return `${name} has ${have.length - 1} lines instead of ${want.length - 1}; line ${line + 1}\n  should be ${want[line] ?? 'no more'}\n  and is    ${have[line] ?? 'no more'}`;
  }
  return undefined;
}

/** A file, or a folder and all that is in it. */
function entriesAt(path: string): string[] {
  if (!fs.existsSync(path)) return [];
  if (!fs.statSync(path).isDirectory()) return [path];
  const names = fs.readdirSync(path, { recursive: true, encoding: 'utf8' });
  return [path, ...names.map((name) => join(path, name)).sort()];
}

function contentOf(path: string): string {
  if (fs.statSync(path).isDirectory()) return '(a folder)';
  const text = fs.readFileSync(path, 'utf8');
  if (path.endsWith('.epochs')) return text.replace(/^.*\n/, '');
  return path.endsWith('.stream') ? withoutRun(text) : text;
}

function withoutRun(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('{"@barrier":') && line !== '{"@end":"suspended"}')
    .map((line) => {
      if (!line.startsWith('{"@stream":')) return line;
      const {
        state: _state,
        bounded: _bounded,
        ticks: _ticks,
        ...header
      } = (JSON.parse(line) as { '@stream': Record<string, unknown> })['@stream'];
      return JSON.stringify({ '@stream': header });
    })
    .join('\n');
}
