import type { CommandSyntax } from './spec.ts';

export interface CommandEntry {
  readonly name: string;
  load(): Promise<CommandSyntax>;
}

/**
 * Every command, in the order of help. Loaded one by one: a process needs one of them. scripts/build.mjs reads the
 * form of these lines: for `run` it puts the commands into one file.
 */
export const commands: readonly CommandEntry[] = [
  { name: 'source', load: async () => (await import('./source.ts')).sourceCommand },
  { name: 'filter', load: async () => (await import('./filter.ts')).filterCommand },
  { name: 'map', load: async () => (await import('./map.ts')).mapCommand },
  { name: 'explode', load: async () => (await import('./explode.ts')).explodeCommand },
  { name: 'window', load: async () => (await import('./window.ts')).windowCommand },
  { name: 'dedup', load: async () => (await import('./dedup.ts')).dedupCommand },
  { name: 'sort', load: async () => (await import('./sort.ts')).sortCommand },
  { name: 'combine', load: async () => (await import('./combine.ts')).combineCommand },
  { name: 'enrich', load: async () => (await import('./enrich.ts')).enrichCommand },
  { name: 'route', load: async () => (await import('./route.ts')).routeCommand },
  { name: 'throttle', load: async () => (await import('./throttle.ts')).throttleCommand },
  { name: 'apply', load: async () => (await import('./apply.ts')).applyCommand },
  { name: 'tee', load: async () => (await import('./tee.ts')).teeCommand },
  { name: 'partition', load: async () => (await import('./partition.ts')).partitionCommand },
  { name: 'merge', load: async () => (await import('./merge.ts')).mergeCommand },
  { name: 'sink', load: async () => (await import('./sink.ts')).sinkCommand },
  { name: 'run', load: async () => (await import('./run.ts')).runCommand },
  { name: 'check', load: async () => (await import('./check.ts')).checkCommand },
  { name: 'test', load: async () => (await import('./test.ts')).testCommand },
  { name: 'schema', load: async () => (await import('./schema.ts')).schemaCommand },
  { name: 'state', load: async () => (await import('./state.ts')).stateCommand },
];
