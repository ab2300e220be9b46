import { statSync } from 'node:fs';
import { join } from 'node:path';
import { cannotRead } from '../connectors/system-error.ts';
import { usageError } from '../errors.ts';
import { testWords } from './messages.ts';

/**
 * The test files that are named, and those in and below the folders that are named; each once, those of a folder in order.
 * @param named none: the folder in which the command was started
 * @throws TidemarkError `failed` for what cannot be read, `usage` where there is no test at all
 */
export async function testFiles(named: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const name of named.length === 0 ? ['.'] : named) {
    if (!isFolder(name)) {
      files.add(name);
      continue;
    }
    const { glob } = await import('tinyglobby');
    const found = await glob('**/*.tmtest', { cwd: name, ignore: ['**/node_modules/**'], dot: true });
    // Of the current folder they are named without it.
    for (const path of found.sort()) files.add(named.length === 0 ? path : join(name, path));
  }
  if (files.size === 0) throw usageError(testWords.noFile, testWords.noFileHint);
  return [...files];
}

function isFolder(name: string): boolean {
  try {
    return statSync(name).isDirectory();
  } catch (error) {
    throw cannotRead(name, error);
  }
}
