import type { Given } from '../commands/spec.ts';
import { JSON_OUTPUT, STOP, VERIFY } from '../commands/state.ts';
import { flag } from '../commands/values.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../runtime/exit-codes.ts';
import { lookAtState, openStateDirectory } from '../runtime/state-look.ts';
import type { CommonOptions } from './common-options.ts';
import { hintLine } from './messages.ts';
import { createReporter, toStderr } from './reporter.ts';
import { damageText, stateJson, stateText } from './state-text.ts';
import { print, type Style } from './terminal.ts';

/**
 * Shows a state directory, or asks its run to suspend: the work of `tm state`.
 * @returns the exit code
 * @throws TidemarkError
 */
export async function executeState(given: Given, common: CommonOptions, style: Style): Promise<number> {
  const [stop, verify, json] = [STOP, VERIFY, JSON_OUTPUT].map((option) => flag(given, option));
  if (stop && (verify || json))
    throw usageError(
      `--stop shows nothing: it goes without --${verify ? 'verify' : 'json'}`,
      'leave one of them out',
    );
  const directory = await openStateDirectory(given.arguments[0]!);
  if (stop) {
    const { stopRun } = await import('../epochs/stop-request.ts');
    const { notice } = createReporter(common, style, toStderr);
    await stopRun(directory, (message) => notice('state', message));
    return EXIT.done;
  }
  if (!verify) {
    const look = await lookAtState(directory);
    print(1, json ? stateJson(look) : stateText(look));
    return EXIT.done;
  }
  const { verifyState } = await import('../runtime/state-verify.ts');
  const damages = await verifyState(directory);
  if (json) {
    // What is damaged may be what a look needs.
    const look = await lookAtState(directory).catch(() => undefined);
    print(1, stateJson(look, damages));
  } else {
    print(1, damageText(damages));
    const hints = new Set(damages.flatMap(({ hint }) => (hint === null ? [] : [hint])));
    for (const hint of hints) toStderr(`${style.faint(hintLine(hint))}\n`);
  }
  return damages.length === 0 ? EXIT.done : EXIT.failed;
}
