import { TidemarkError } from '../errors.ts';

/** What a reader refuses, each with what to do about it. Line numbers are 1-based. */

const APPLY = 'tm apply -- FILTER';
const ONE_STREAM =
  'one pipe carries one stream: tm merge FILE FILE, or tm merge <(…) <(…), makes one of several';

export const cutOff = (): TidemarkError =>
  new TidemarkError(
    'cut',
    'the input stopped without @end: the command before was cut off, nothing more is fired',
    {
      hint: 'where the end is meant (… | head -1000 | …), give --eof drain',
    },
  );

export const noStream = (): TidemarkError =>
  new TidemarkError('cut', 'no input: the command before wrote nothing');

export const tooLong = (line: number, length: number): TidemarkError =>
  new TidemarkError('failed', `the line is longer than --max-line (${length} bytes so far)`, {
    line,
    hint: 'raise it: --max-line 64MiB',
  });

export const afterEnd = (line: number): TidemarkError =>
  new TidemarkError('failed', 'the stream was complete before this line', {
    line,
    hint: ONE_STREAM,
  });

export const afterSuspended = (line: number): TidemarkError =>
  new TidemarkError('failed', 'only a new @stream line may follow a suspended end', { line });

export const secondHeader = (line: number): TidemarkError =>
  new TidemarkError(
    'cut',
    'a second @stream line before the @end of the first: the first stream was cut off',
    {
      line,
      hint: ONE_STREAM,
    },
  );

export const strayMarker = (line: number, marker: string): TidemarkError =>
  new TidemarkError('failed', `a @${marker} line in a stream without a @stream line`, {
    line,
    hint: `a filter before dropped or moved markers: ${APPLY} gives it the events alone, and keeps markers in place`,
  });

export const badMarker = (line: number, marker: string, text: string): TidemarkError =>
  new TidemarkError('failed', `@${marker} cannot be ${text.slice(0, 40)}`, { line });

export const noTime = (line: number): TidemarkError =>
  new TidemarkError('failed', 'the line has no @t', {
    line,
    hint: 'events get their time from `tm source --time FIELD`',
  });

export const badTime = (line: number, text: string): TidemarkError =>
  text === 'null'
    ? new TidemarkError('failed', '@t is null: a filter before treated a marker as an event', {
        line,
        hint: `${APPLY} gives it the events alone, and keeps markers in place`,
      })
    : new TidemarkError('failed', `@t is no RFC 3339 time: ${text.slice(0, 40)}`, {
        line,
        hint: 'events get their time from `tm source --time FIELD --time-format …`',
      });

export const badWindow = (line: number, text: string): TidemarkError =>
  new TidemarkError('failed', `@w is no window: ${text.slice(0, 60)}`, {
    line,
    hint: 'windows are stamped by `tm window`',
  });
