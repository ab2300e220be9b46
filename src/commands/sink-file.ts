import fs from 'node:fs';
import type { Target } from '../connectors/connector.ts';
import { type FileTargetOptions, notEmpty } from '../connectors/file-place.ts';
import { descriptorOf } from '../connectors/file-split.ts';
import { openFileTarget } from '../connectors/file-target.ts';
import { pathOf } from '../connectors/file-uri.ts';
import { cannotWrite } from '../connectors/system-error.ts';
import { TidemarkError } from '../errors.ts';
import { headerNames } from '../formats/delimited-header.ts';

/** Bytes of a file in which its header line has to end. */
const HEADER_LIMIT = 1 << 20;

/** A file that a sink is to write, looked at before anything is read. */
export interface SinkFile {
  /** csv, tsv: the columns of what it holds already, under which more is to be written. */
  readonly columns: readonly string[] | undefined;
  open(bounded: boolean): Promise<Target>;
}

/**
 * Looks at the file: whether `mode` allows what it holds, and under which columns to go on.
 * @throws TidemarkError `usage` for a file that is not empty in mode `new`, `failed` for one without a header
 */
export function sinkFile(location: string, mode: FileTargetOptions['mode'], format: string): SinkFile {
  const path = pathOf(location);
  // An inherited descriptor (/dev/stdout) is written on, whatever it leads to.
  const stat = descriptorOf(path) === undefined ? fs.statSync(path, { throwIfNoEntry: false }) : undefined;
  const holdsSomething = stat?.isFile() === true && stat.size > 0;
  if (holdsSomething && mode === 'new') {
    throw notEmpty(path);
  }
  const continued = holdsSomething && mode === 'append' && (format === 'csv' || format === 'tsv');
  return {
    columns: continued ? columnsOf(path, format) : undefined,
    open: (bounded) => openFileTarget(location, { mode, bounded }),
  };
}

function columnsOf(path: string, format: 'csv' | 'tsv'): string[] {
  const names = headerNames(format, beginning(path));
  const twice = names?.find((name, index) => names.indexOf(name) < index);
  if (names !== undefined && twice === undefined) return names;
  const why = twice === undefined ? `does not begin with a ${format} header` : `has two columns "${twice}"`;
  throw new TidemarkError('failed', `cannot append to ${path}: it ${why}`, {
    hint: `--overwrite begins it anew, --format appends in another format than ${format}`,
  });
}

function beginning(path: string): string {
  const bytes = Buffer.alloc(HEADER_LIMIT);
  try {
    const fd = fs.openSync(path, 'r');
    try {
      return bytes.toString('utf8', 0, fs.readSync(fd, bytes, 0, HEADER_LIMIT, 0));
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
