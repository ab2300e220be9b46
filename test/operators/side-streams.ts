import type { SideInput } from '../../src/operators/side-input.ts';
import type { SideFeed } from '../../src/operators/with-sides.ts';
import { type Feeding, run } from './harness.ts';

/** An instant, of seconds. */
export const at = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** A stream in fixed windows; undefined: without windows. Watermarks stand where they are given. */
export interface Timed {
  readonly size: number | undefined;
  readonly items: readonly (
    | { readonly time: number; readonly members: string }
    | { readonly watermark: number }
    | { readonly barrier: number }
  )[];
  readonly end?: string;
}

/** It as it crosses a pipe. */
export function text({ size, items, end = '"drained"' }: Timed): string {
  const windowing =
    size === undefined ? { kind: 'global' } : { kind: 'fixed', size: `PT${size}S`, offset: 'PT0S' };
  const lines = items.map((item) => {
    if ('barrier' in item) return `{"@barrier":${item.barrier}}`;
    if ('watermark' in item) return `{"@watermark":"${at(item.watermark)}"}`;
    const start = Math.floor(item.time / (size ?? 1)) * (size ?? 1);
    const window = size === undefined ? '' : `"@w":"${at(start)}/${at(start + size)}",`;
    return `{"@t":"${at(item.time)}",${window}${item.members}}`.replace(',}', '}');
  });
  const closing = end === '"drained"' ? ['{"@watermark":"end"}'] : [];
  return [
    JSON.stringify({ '@stream': { version: 1, commands: ['source'], bounded: true, windowing } }),
    ...lines,
    ...closing,
    `{"@end":${end}}`,
    '',
  ].join('\n');
}

/** Feeds side inputs with a stream, in pieces of its own. */
export function feedOf(side: Timed, feeding: Feeding): SideFeed {
  const inputs: SideInput[] = [];
  const readings: Promise<unknown>[] = [];
  return {
    open: (input) => {
      inputs.push(input);
      readings.push(run(() => input, text(side), feeding).catch((error: unknown) => input.fail(error)));
    },
    close: async () => {
      for (const input of inputs) input.stop();
      await Promise.all(readings);
    },
  };
}
