import { enrichCommand } from '../commands/enrich.ts';
import { enrichJsStage } from '../commands/enrich-js.ts';
import { ProgramFunctions } from '../connectors/user-module.ts';
import type { LookupContext, LookupModule } from '../operators/enrich-js.ts';
import type { UserEvent } from '../operators/user-event.ts';
import { partOf } from './given.ts';
import type { EnrichHttpOptions, EnrichJsOptions, EnrichTableOptions } from './options.generated.ts';
import type { Change, Step } from './step.ts';

interface WithMember<Name extends string, Value> extends Change {
  readonly out: Omit<this['in'] & object, Name> & Readonly<Record<Name, Value>>;
}

interface WithColumns extends Change {
  readonly out: this['in'] & Readonly<Record<string, unknown>>;
}

type Lookup<T, R> = (value: T, context: LookupContext) => R;

function enrichWith<T, R, const Name extends string>(
  lookup: Lookup<T, R>,
  options: EnrichJsOptions & { readonly as: Name },
): Step<WithMember<Name, Awaited<R>>, object> {
  return {
    role: 'step',
    ...partOf(enrichCommand, [], options, 'js', (given) =>
      enrichJsStage(
        given,
        (timeout, world) => new ProgramFunctions('the function of enrich', lookup, timeout, world),
      ),
    ),
  };
}

/**
 * Adds members from outside. A function is called for each event with its members, or with `by` with these fields
 * alone, and what it gives becomes the member `as`; events leave in the order in which they came.
 * @example enrich(async ({ user }: { user: string }) => users.find(user), { by: 'user', as: 'account' })
 * @throws TidemarkError `usage`
 */
export const enrich = Object.assign(enrichWith, {
  /** Adds columns of a file, found by key: `enrich.table('hosts.csv', { by: 'host', columns: 'country' })`. */
  table: (
    file: string,
    options: EnrichTableOptions & { readonly by: string | readonly string[] },
  ): Step<WithColumns, unknown> => ({
    role: 'step',
    ...partOf(enrichCommand, [file], options, 'table'),
  }),
  /** Adds what a server answers: `enrich.http('https://api.example.com/users/{user}', { as: 'account' })`. */
  http: <const Name extends string>(
    url: string,
    options: EnrichHttpOptions & { readonly as: Name },
  ): Step<WithMember<Name, unknown>, object> => ({
    role: 'step',
    ...partOf(enrichCommand, [url], options, 'http'),
  }),
  /** Adds what the functions of a module give: `enrich.js('./country.mjs', { by: 'host', as: 'country' })`. */
  js: <const Name extends string, Event = UserEvent>(
    module: string | LookupModule<Event>,
    options: EnrichJsOptions & { readonly as: Name },
  ): Step<WithMember<Name, unknown>, object> => ({
    role: 'step',
    ...(typeof module === 'string'
      ? partOf(enrichCommand, [module], options, 'js')
      : partOf(enrichCommand, [], options, 'js', (given) =>
          enrichJsStage(
            given,
            (timeout, world) => new ProgramFunctions('the functions of enrich', module, timeout, world),
          ),
        )),
  }),
});
