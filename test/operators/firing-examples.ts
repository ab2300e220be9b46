import { parseCommandLine } from '../../src/cli/parse.ts';
import { assignerOf, windowCommand } from '../../src/commands/window.ts';
import { firingOf } from '../../src/commands/window-firing.ts';
import { CombineByFiring } from '../../src/operators/combine-by-firing.ts';
import { LATE } from '../../src/operators/operator.ts';
import { Window } from '../../src/operators/window.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { brief } from './brief.ts';
import { type Call, combineOptions } from './combine-calls.ts';
import { type Outcome, output, run } from './harness.ts';
import { drained, header } from './streams.ts';

// Worked examples: `tm window` with these words, and `tm combine` behind it.

/** Words as a shell has them, with quotes of one kind. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);

/** What comes of a stream, which ends or not, when its windows fire as the words of `tm window` say. */
export async function fired(line: string, call: Call, items: readonly Item[]): Promise<Outcome> {
  const words = parseCommandLine(windowCommand, wordsOf(line));
  if (words.action !== 'run') throw new Error(line);
  const assigner = await assignerOf(words.given);
  const firing = firingOf(words.given);
  const whole = [header(), ...items, ...(items.at(-1)?.kind === 'end' ? [] : drained)];
  const stamped = output(await run((context) => new Window(assigner, context, firing), printItems(whole)));
  return run((context) => new CombineByFiring(combineOptions(call), context), stamped);
}

/** The same as lines in short: what the command writes, without what it passes on but watermarks. */
export async function panes(line: string, call: Call, items: readonly Item[]): Promise<string[]> {
  const lines = brief(output(await fired(line, call, items)));
  return lines.filter((each) => !each.startsWith('{'));
}

/** What was too late, or for a trigger that was finished. */
export const leftOut = async (line: string, call: Call, items: readonly Item[]): Promise<string[]> =>
  brief(output(await fired(line, call, items), LATE));
