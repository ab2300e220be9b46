import { existsSync, readFileSync } from 'node:fs';
import { pathsMatching } from '../connectors/path-pattern.ts';
import { cannotRead } from '../connectors/system-error.ts';
import { TidemarkError, usageError } from '../errors.ts';
import type { Surroundings } from '../pipelines/expansion.ts';
import type { PipelineText } from '../pipelines/text-place.ts';
import { pipelineText, programName } from './messages.ts';

/** A pipeline's text, and what stands in for its parameters. */
export interface GivenPipeline {
  readonly text: PipelineText;
  readonly surroundings: Surroundings;
}

/**
 * The pipeline that a command line gives: a text, or a FILE that has it, with the ARGUMENTs behind.
 * @param command for `$0` of a text
 * @throws TidemarkError `usage` where there is none, `failed` where the file cannot be read
 */
export function givenPipeline(
  command: string,
  text: string | undefined,
  words: readonly string[],
): GivenPipeline {
  const [file, ...rest] = words;
  const name = text === undefined ? nameOf(file, command) : programName(command);
  return {
    text: text === undefined ? { name, text: utf8Text(name) } : { name: '-e', text },
    surroundings: {
      name,
      arguments: text === undefined ? rest : words,
      variables: process.env,
      matches: pathsMatching,
    },
  };
}

function nameOf(file: string | undefined, command: string): string {
  if (file === undefined) throw usageError(pipelineText.noFile, pipelineText.noFileHint(command));
  if (file === '-') throw usageError(pipelineText.notFromStdin, pipelineText.noFileHint(command));
  if (file.includes('|') && !existsSync(file))
    throw usageError(pipelineText.textForFile, pipelineText.textForFileHint(command));
  return file;
}

/**
 * The text of a file.
 * @throws TidemarkError `failed` where it cannot be read, or is no text
 */
export function utf8Text(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw cannotRead(file, error);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Told below.
  }
  throw new TidemarkError('failed', pipelineText.noText(file));
}
