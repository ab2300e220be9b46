import { parsePath } from '../json/path.ts';

/** Whether a text is a path of just these steps. */
export function sameSteps(text: string, steps: readonly (string | number)[]): boolean {
  try {
    const parsed = parsePath(text).steps;
    return parsed.length === steps.length && parsed.every((step, i) => step === steps[i]);
  } catch {
    return false;
  }
}

/** A path of these steps as users write it. */
export const pathText = (steps: readonly (string | number)[]): string =>
  steps
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!sameSteps(step, [step])) return `[${JSON.stringify(step)}]`;
      return i === 0 ? step : `.${step}`;
    })
    .join('');
