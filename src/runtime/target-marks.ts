import type { FileMark } from '../connectors/file-mark.ts';

/** A file that a target has recorded. */
export interface RecordedFile {
  readonly mark: FileMark;
  /** The hidden file that has its bytes until the epoch is published. */
  readonly waiting: string | undefined;
  /** One of many that results are divided among: who has taken it away may have done so. */
  readonly mayGo: boolean;
}

/**
 * The files in what a target has said of itself (`Leaf.prepare`): a sink says more than its file does, and may have several.
 */
export function marksIn(position: unknown, mayGo = false): RecordedFile[] {
  if (typeof position !== 'object' || position === null) return [];
  const { mark, waiting } = position as { mark?: unknown; waiting?: unknown };
  if (isMark(mark)) return [{ mark, waiting: typeof waiting === 'string' ? waiting : undefined, mayGo }];
  return Object.entries(position).flatMap(([name, value]) => marksIn(value, mayGo || name === 'files'));
}

function isMark(value: unknown): value is FileMark {
  if (typeof value !== 'object' || value === null) return false;
  const { path, inode, length } = value as Partial<Record<keyof FileMark, unknown>>;
  return typeof path === 'string' && typeof inode === 'string' && typeof length === 'number';
}
