import { describe, expect, test } from 'vitest';
import { commandHelp } from '../../src/cli/help.ts';
import { overviewHelp } from '../../src/cli/overview.ts';
import { plain } from '../../src/cli/terminal.ts';
import { commands } from '../../src/commands/registry.ts';
import { expectGolden } from '../golden.ts';
import { tide, tides } from './tide-command.ts';

const specs = await Promise.all(commands.map(({ load }) => load()));
const marked = { heading: (text: string) => `<${text}>`, faint: (text: string) => `(${text})` };

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('golden files', () => {
  test('tm --help lists the commands', () => expectGolden('help/tm.txt', overviewHelp(specs, 80, plain)));

  for (const spec of specs) {
    test(`tm ${spec.name} --help`, () => {
      expectGolden(`help/tm-${spec.name}.txt`, commandHelp(spec, undefined, 80, plain));
    });
    for (const kind of spec.kinds) {
      test(`tm ${spec.name} ${kind.name} --help`, () => {
        expectGolden(`help/tm-${spec.name}-${kind.name}.txt`, commandHelp(spec, kind, 80, plain));
      });
    }
  }

  test('every shape that an option or argument has', () => {
    expectGolden('help/shapes.txt', commandHelp(tide, undefined, 80, plain));
    expectGolden('help/shapes-of-kinds.txt', commandHelp(tides, undefined, 80, plain));
  });
});

describe('layout', () => {
  test.each([60, 80, 100])('at %i columns no line of any command is longer', (width) => {
    for (const spec of specs) {
      for (const kind of [undefined, ...spec.kinds]) {
        const [text] = commandHelp(spec, kind, width, plain).split('examples:');
        expect(widest(text!), `tm ${spec.name} ${kind?.name}`).toBeLessThanOrEqual(width);
      }
    }
  });

  test('no line ends with a space', () => {
    for (const spec of specs) expect(commandHelp(spec, undefined, 60, plain)).not.toMatch(/ $/m);
  });

  test('an example breaks at its pipes, not in quotes, so that it can be pasted', () => {
    const help = commandHelp(tide, undefined, 60, plain);
    expect(help).toContain("  tm tide 'a | b' \\\n    | tm tide 12345 \\\n");
    expect(help).toMatch(/\| cat\n$/);
  });

  test('two examples are shown, the last thing of all', () => {
    const help = commandHelp(tide, undefined, 80, plain);
    expect(help).toContain('tm tide --at Husum 5');
    expect(help).not.toContain('tm tide 7');
  });

  test('headings and titles of examples are set off', () => {
    const help = commandHelp(tide, undefined, 80, marked);
    expect(help).toContain('<options:>\n');
    expect(help).toContain('(  # the tide at a place)\n');
  });
});
