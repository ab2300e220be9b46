import { isThenable, type MapModule, type ModuleHost, type SetupContext } from './map-module.ts';
import { ModuleCalls, type Steps } from './module-calls.ts';

/** What of a module is called around its events: setup, bundles, teardown. */
export class ModuleLife {
  readonly #module: MapModule;
  readonly #host: ModuleHost;
  readonly #calls: ModuleCalls;
  readonly #context: SetupContext;
  #isSetUp = false;
  /** An event of this bundle has come. */
  inBundle = false;

  constructor(module: MapModule, host: ModuleHost, context: SetupContext) {
    this.#module = module;
    this.#host = host;
    this.#calls = new ModuleCalls(host);
    this.#context = context;
  }

  /** Whether functions are called for bundles: then those of the next one wait for those of this one. */
  get bundles(): boolean {
    return this.#module.startBundle !== undefined || this.#module.endBundle !== undefined;
  }

  /** Before the first event. */
  *setUp(): Steps {
    if (this.#isSetUp) return;
    this.#isSetUp = true;
    yield* this.#calls.around('setup', () => this.#module.setup?.(this.#context));
  }

  /** Before the first event of a bundle. */
  *startBundle(): Steps {
    this.inBundle = true;
    if (this.#module.startBundle !== undefined)
      yield* this.#calls.around('startBundle', () => this.#module.startBundle!(this.#context));
  }

  /** @returns whether there was a bundle */
  *endBundle(): Steps<boolean> {
    if (!this.inBundle) return false;
    this.inBundle = false;
    if (this.#module.endBundle !== undefined)
      yield* this.#calls.around('endBundle', () => this.#module.endBundle!(this.#context));
    return true;
  }

  /** @throws TidemarkError what teardown has thrown */
  async close(): Promise<void> {
    if (!this.#isSetUp) return;
    this.#isSetUp = false;
    try {
      const left = this.#module.teardown?.();
      if (isThenable(left)) await this.#host.within(left, 'teardown');
    } catch (error) {
      throw this.#calls.failure('teardown', error);
    }
  }
}
