import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answering } from './answering.ts';
import type { Chance } from './chance.ts';
import { difference, outputsIn } from './compare.ts';
import { FilledSpool } from './filled-spool.ts';
import { GrowingLog } from './growing-log.ts';
import type { Input } from './input.ts';
import type { Scenario } from './scenarios.ts';
import { type PipeEnd, ShellPipe } from './shell-pipe.ts';
import { keyTable, ndjsonTraffic } from './traffic.ts';
import { TwoLogs } from './two-logs.ts';

export interface LifeOptions {
  readonly scenario: Scenario;
  /** Where the life is led; its files stay there. */
  readonly folder: string;
  readonly bin: string;
  /** Where the modules of scenarios are. */
  readonly modules: string;
  readonly server: Answering;
  readonly chance: Chance;
  /** Kills on the way. */
  readonly kills: number;
  /** Share of the events of the scenario. */
  readonly size: number;
}

export interface LifeEnd {
  /** Processes or groups that were killed while they were alive. */
  readonly kills: number;
  /** Runs, the first included. */
  readonly runs: number;
  /** Runs that went on from a commit. */
  readonly restores: number;
  /** What went wrong, for people; undefined: nothing. */
  readonly wrong: string | undefined;
}

/** What becomes of one run. */
interface Fate {
  readonly kind: 'spared' | 'stage' | 'two stages' | 'group' | 'stage, next at once';
  /** ms from the start to the kill. */
  readonly at: number;
  readonly drain: boolean;
  readonly follow: boolean;
}

/** Milliseconds that a run takes that nobody disturbs, before one has been measured. */
const FIRST_GUESS = 800;
/** What that is multiplied by after a run that was killed before it had committed anything, and how far. */
const SLOWER = 1.25;
const LONGEST_GUESS = 10_000;
/** Between two looks at a run. */
const LOOK_EVERY = 4;

/**
 * The life of a pipeline that is killed again and again while its input grows, run again by the same line, and drained
 * at last. What it leaves must be what one undisturbed run without any state leaves.
 */
export class Life {
  readonly #options: LifeOptions;
  readonly #input: Input;
  readonly #journal: string[] = [];
  #kills = 0;
  #runs = 0;
  #restores = 0;
  #typical = FIRST_GUESS;
  /** A run has kept where it is in the log: before that a log that is renamed is another one. */
  #known = false;
  /** The runs right before, whose stages may still be there; one whose source still waits for its turn may even begin. */
  #before: ShellPipe[] = [];

  constructor(options: LifeOptions) {
    this.#options = options;
    const { scenario, folder, chance, size } = options;
    fs.mkdirSync(this.#quiet, { recursive: true });
    for (const place of [folder, this.#quiet]) {
      fs.writeFileSync(join(place, 'keys.csv'), keyTable());
      for (const name of scenario.modules ?? [])
        fs.copyFileSync(join(options.modules, name), join(place, name));
    }
    const whole = ndjsonTraffic(Math.ceil(scenario.events * size), 20, chance, scenario.padding);
    const pieces = Math.max(4, Math.round(options.kills * 0.7));
    this.#input =
      scenario.feed === 'spooled'
        ? new FilledSpool(folder, 'spool', whole, pieces, chance)
        : scenario.other !== undefined
          ? new TwoLogs(folder, ['log.ndjson', scenario.other], whole, pieces, chance)
          : new GrowingLog(folder, 'log.ndjson', whole, pieces, chance);
    this.#input.writeWhole(this.#quiet);
  }

  /** Where the undisturbed run writes. */
  get #quiet(): string {
    return join(this.#options.folder, 'undisturbed');
  }

  async lead(): Promise<LifeEnd> {
    const { folder, scenario } = this.#options;
    const wrong = (await this.#undisturbed()) ?? (await this.#disturbed()) ?? this.#compare();
    const text = [...this.#journal, wrong ?? 'all is as it should be', ''].join('\n');
    fs.writeFileSync(join(folder, 'journal.txt'), text);
    return {
      kills: this.#kills,
      runs: this.#runs,
      restores: this.#restores,
      wrong: wrong === undefined ? undefined : `${scenario.name}: ${wrong}\n  see ${folder}/journal.txt`,
    };
  }

  async #undisturbed(): Promise<string | undefined> {
    const { bin, scenario } = this.#options;
    const words = scenario.kept === undefined ? '' : '--state state --drain';
    const end = await new ShellPipe(this.#stages(words, this.#quiet), this.#quiet, bin).done;
    if (end.codes.length === 0 || end.codes.some((code) => code !== 0))
      return `the undisturbed run failed: ${told(end)}`;
    return undefined;
  }

  async #disturbed(): Promise<string | undefined> {
    const { scenario, chance, kills } = this.#options;
    const follow = scenario.feed === 'followed';
    if (scenario.feed === 'whole') this.#input.finish();
    // Most lives have something to lose from the start; the first run tells how long one takes, too.
    if (chance.one(0.7)) {
      if (!this.#input.complete) this.#input.grow();
      const wrong = await this.#run({ kind: 'spared', at: 0, drain: false, follow: false });
      if (wrong !== undefined) return wrong;
    }
    while (this.#kills < kills && (!this.#input.complete || chance.one(0.7))) {
      this.#feed(0.5);
      const wrong = await this.#run({ ...this.#fate(), drain: false, follow: follow && !chance.one(0.2) });
      if (wrong !== undefined) return wrong;
    }
    this.#input.finish();
    for (let turn = 0; turn < Math.min(3, kills / 3); turn++) {
      const wrong = await this.#run({ ...this.#fate(), drain: true, follow: false });
      if (wrong !== undefined) return wrong;
    }
    // The second finds everything done.
    for (let turn = 0; turn < 2; turn++) {
      const wrong = await this.#run({ kind: 'spared', at: 0, drain: true, follow: false });
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  /** The epoch that the next run goes on from; 0: there is none. */
  #committed(): number {
    const path = join(this.#options.folder, 'state', 'COMMIT');
    const text = fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '';
    return Number(/"epoch":(\d+)/.exec(text)?.[1] ?? 0);
  }

  #compare(): string | undefined {
    const { folder, scenario, server } = this.#options;
    if (scenario.stored !== undefined)
      for (const place of [folder, this.#quiet])
        fs.writeFileSync(join(place, scenario.stored), server.stored(place));
    const expected = outputsIn(this.#quiet, scenario.outputs);
    if ([...expected.values()].every((text) => text === '')) return 'the undisturbed run wrote nothing';
    return difference(expected, outputsIn(folder, scenario.outputs));
  }

  #fate(): Pick<Fate, 'kind' | 'at'> {
    const { chance, scenario } = this.#options;
    const [from, to] = chance.of([
      [0, 0.4],
      [0, 1.1],
      [0.2, 0.9],
      [0.7, 1.05],
    ] as const);
    const kinds = ['stage', 'stage', 'stage', 'two stages', 'group', 'stage, next at once'] as const;
    return {
      kind: scenario.fused === true ? 'group' : chance.of(kinds),
      at: Math.round((from + (to - from) * chance.next()) * this.#typical),
    };
  }

  /** Something may happen to the log. */
  #feed(share: number): void {
    const { chance, scenario } = this.#options;
    if (scenario.feed === 'whole' || !chance.one(share)) return;
    const rotates = scenario.feed === 'rotated' || scenario.feed === 'followed';
    if (rotates && this.#known && !this.#input.complete && chance.one(0.3)) {
      this.#input.rotate();
      this.#journal.push('the log is rotated');
    }
    if (!this.#input.complete) this.#input.grow();
  }

  async #run(fate: Fate): Promise<string | undefined> {
    const { chance, folder, bin } = this.#options;
    const checkpoint = chance.of(['5ms', '20ms', '20ms', '100ms', '10s']);
    const wait = this.#before.length === 0 ? '' : ' --if-running wait';
    const words = `--state state${wait} --checkpoint ${checkpoint}${fate.drain ? ' --drain' : ''}${fate.follow ? ' --follow' : ''}`;
    const held = this.#input.size;
    const before = this.#committed();
    if (before > 0) this.#restores++;
    const pipe = new ShellPipe(this.#stages(words, folder), folder, bin);
    const started = performance.now();
    this.#runs++;
    const passed = (): number => performance.now() - started;
    const growAt = chance.next() * this.#typical;
    let grown = fate.drain;
    let killed = false;
    while (pipe.alive) {
      if (!grown && passed() >= growAt) {
        grown = true;
        this.#feed(0.7);
      }
      if (fate.kind !== 'spared' && passed() >= fate.at) {
        killed = await this.#kill(pipe, fate);
        if (killed || !fate.follow) break;
      }
      await Promise.race([pipe.done, sleep(LOOK_EVERY)]);
    }
    if (killed) this.#kills++;
    // Killed too early to have come to anything, as on a machine that has become slower: the next has more time.
    if (killed && this.#committed() === before)
      this.#typical = Math.min(this.#typical * SLOWER, LONGEST_GUESS);
    this.#journal.push(
      `run ${this.#runs} from epoch ${before}: ${words}; ${fate.kind} at ${fate.at} ms${killed ? '' : fate.kind === 'spared' ? '' : ', missed'}`,
    );
    if (killed && fate.kind === 'stage, next at once') {
      this.#before.push(pipe);
      return undefined;
    }
    const end = await pipe.done;
    this.#journal.push(`  ended after ${Math.round(passed())} ms: ${told(end)}`);
    await Promise.all(this.#before.map(({ done }) => done));
    this.#before = [];
    if (pipe.hung) return `run ${this.#runs} hangs`;
    if (/^ +at .*:\d+/m.test(end.stderr)) return `run ${this.#runs} broke: ${told(end)}`;
    if (killed) return undefined;
    if (end.codes.some((code) => code !== 0))
      return `run ${this.#runs} failed, and nobody killed it: ${told(end)}`;
    if (!fate.drain) this.#typical = (this.#typical + passed()) / 2;
    // Of an empty file nothing is known but its name.
    if (held > 0) this.#known = true;
    return undefined;
  }

  async #kill(pipe: ShellPipe, { kind }: Fate): Promise<boolean> {
    const { chance, scenario } = this.#options;
    if (kind === 'group') return pipe.killGroup();
    const count = scenario.stages.length + 1;
    const killed = pipe.killStage(chance.below(count));
    if (kind !== 'two stages') return killed;
    await sleep(chance.below(10));
    return pipe.killStage(chance.below(count)) || killed;
  }

  /** @param words options of the source that the state needs; none: there is no state */
  #stages(words: string, folder: string): string[] {
    const { scenario, server } = this.#options;
    const { location = 'log.ndjson', other, kept = '' } = scenario;
    const options = `${scenario.source} ${words === '' ? '' : `${words} ${kept}`}`;
    const source = `source ${location} ${options}`;
    const first =
      other === undefined
        ? source
        : `merge <(${source} | dedup --by id --within 30s --quiet) ` +
          `<(source ${other} ${options.replace('rejected.', 'rejected.other.')} | dedup --by id --within 30s --quiet) --quiet`;
    const texts = [first, ...scenario.stages].map((text) =>
      text.replace('@URL@', server.url).replace('@STORE@', server.storeOf(folder)),
    );
    if (scenario.fused !== true) return texts.map((text) => `tm ${text}`);
    return [`tm run --quiet -e '${texts.join(' | ').replaceAll("'", `'\\''`)}'`];
  }
}

const told = ({ codes, stderr }: PipeEnd): string =>
  `codes ${codes.length === 0 ? 'none' : codes.join(' ')}${stderr === '' ? '' : `\n    ${stderr.trimEnd().replaceAll('\n', '\n    ')}`}`;
