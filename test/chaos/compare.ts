import fs from 'node:fs';
import { join, relative } from 'node:path';

/**
 * What a run has left, by file: byte for byte, but for what a stream says of the run itself, which are barriers and
 * the state members of its header, and whether it followed.
 */
export function outputsIn(folder: string, names: readonly string[]): Map<string, string> {
  const outputs = new Map<string, string>();
  for (const name of names) {
    for (const path of filesAt(join(folder, name))) {
      const text = fs.readFileSync(path, 'utf8');
      outputs.set(relative(folder, path), name.endsWith('.stream') ? withoutRun(text) : text);
    }
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

function filesAt(path: string): string[] {
  if (!fs.existsSync(path)) return [];
  if (!fs.statSync(path).isDirectory()) return [path];
  return fs
    .readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((name) => fs.statSync(name).isFile())
    .sort();
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
        ...header
      } = (JSON.parse(line) as { '@stream': Record<string, unknown> })['@stream'];
      return JSON.stringify({ '@stream': header });
    })
    .join('\n');
}
