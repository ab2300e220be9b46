import type { StageCheck, StateCheck } from '../runtime/state-check.ts';
import { checkWords } from './messages.ts';

/** What `tm check` shows to people: a line for each stage, and what follows from them. */
export function checkText({ stages, epoch, drained, goesOn }: StateCheck): string {
  const width = Math.max(...stages.map(({ id }) => id.length));
  const lines = stages.map((stage) => `${stage.id.padEnd(width)}  ${fateText(stage)}`);
  const end = goesOn ? checkWords.goesOn(epoch) : checkWords.refused;
  return `${[...lines, end, ...(drained && goesOn ? [checkWords.drained] : [])].join('\n')}\n`;
}

function fateText({ fate, added, lost, changed, refused }: StageCheck): string {
  const details = [
    ...refused,
    ...changed,
    ...added.map((name) => checkWords.added(name)),
    ...lost.map((name) => checkWords.lost(name)),
  ];
  return details.length === 0 ? fate : `${fate}: ${details.join('; ')}`;
}

/** The same as one JSON object. */
export function checkJson({ directory, epoch, drained, goesOn, stages }: StateCheck): string {
  const value = {
    directory,
    epoch,
    goes_on: goesOn,
    drained,
    stages: stages.map(({ id, command, fate, added, lost, changed, refused }) => ({
      id,
      command,
      fate,
      begins_empty: added,
      given_up: lost,
      changed,
      refused,
    })),
  };
  return `${JSON.stringify(value)}\n`;
}
