/** How the input reaches the source. */
export type Feed =
  /** All of it is there from the start. */
  | 'whole'
  /** It grows in pieces that end anywhere, while a run is going on and between runs. */
  | 'growing'
  /** And the file is renamed, under the source or between two runs, and another begun. */
  | 'rotated'
  /** And the source follows it. */
  | 'followed'
  /** Whole files come into the directory `spool`. */
  | 'spooled';

export interface Scenario {
  readonly name: string;
  readonly feed: Feed;
  /** What the source reads; `log.ndjson` where it is left out. */
  readonly location?: string;
  /** A second log: half of the lines are in it. Each has its events once, and then both are merged. */
  readonly other?: string;
  /** Options of the source, with a state or without. */
  readonly source: string;
  /**
   * Options of the source that want a state. The undisturbed run has one too: with a state a directory is one location,
   * without it each of its files, which holds the watermark back until it is read.
   */
  readonly kept?: string;
  /** Modules that the pipeline runs. */
  readonly modules?: readonly string[];
  /** The stages behind the source; `@URL@` is where a server answers, `@STORE@` where it keeps what is put there. */
  readonly stages: readonly string[];
  /** Events of a life: as many as keep a run busy for some hundred milliseconds. */
  readonly events: number;
  /** Bytes more of each event. */
  readonly padding?: number;
  /** All stages in one process. */
  readonly fused?: true;
  /** Files and folders that are held equal to those of an undisturbed run. */
  readonly outputs: readonly string[];
  /** Under this name what was put to `@STORE@` is among the outputs. */
  readonly stored?: string;
}

const SOURCE = '--time t --delay 2s --rejected-to rejected.ndjson --quiet';
const COMBINE = `combine --by k n=count 's = sum(v)' 'p = quantile(v, 0.9)' 'last(id)' --late-to late.stream --quiet`;
const HTTP =
  'enrich http @URL@/{k} --concurrency 16 --retry 20 --as known --dead-letter-to unanswered.stream --quiet';

const combine: Scenario = {
  name: 'combine',
  feed: 'growing',
  events: 60_000,
  source: SOURCE,
  stages: ['window fixed 10s --quiet', COMBINE, 'sink out.ndjson --quiet'],
  outputs: ['out.ndjson', 'late.stream', 'rejected.ndjson'],
};

const everything: Scenario = {
  name: 'everything',
  feed: 'rotated',
  events: 2500,
  source: SOURCE,
  stages: [
    'dedup --by id --within 30s --late-to twice.stream --quiet',
    'enrich table keys.csv --by k --quiet',
    HTTP,
    'window sliding 10s --every 5s --quiet',
    COMBINE,
    'sink out.csv --quiet',
  ],
  outputs: ['out.csv', 'late.stream', 'twice.stream', 'unanswered.stream', 'rejected.ndjson'],
};

const partitioned: Scenario = {
  ...combine,
  name: 'partitioned',
  stages: ['window fixed 10s --quiet', COMBINE, `sink 'out/{k}/{window_start:%Y-%m-%dT%H%M}.ndjson' --quiet`],
  outputs: ['out', 'late.stream', 'rejected.ndjson'],
};

const spool: Scenario = {
  ...combine,
  name: 'spool-moved',
  feed: 'spooled',
  location: 'spool',
  kept: '--on-commit move:done',
  outputs: [...combine.outputs, 'spool', 'done'],
};

const modules: Scenario = {
  ...combine,
  name: 'modules',
  feed: 'spooled',
  location: `'./partitions.mjs?in=spool'`,
  modules: ['partitions.mjs', 'rows.mjs'],
  stages: ['window fixed 10s --quiet', COMBINE, `sink './rows.mjs?to=out.epochs' --quiet`],
  outputs: ['out.epochs', 'late.stream', 'rejected.ndjson'],
};

/** Windows that fire early, on time and at late events. */
const panes: Scenario = {
  ...combine,
  name: 'panes',
  stages: [
    "window sliding 10s --every 5s --lateness 20s --early 'count 7' --mode accumulate --quiet",
    COMBINE,
    'sink out.ndjson --meta keep --quiet',
  ],
};

/** Groups that take more memory than they may have. */
const spilled: Scenario = {
  ...combine,
  name: 'spilled',
  events: 30_000,
  stages: [
    'window fixed 1m --quiet',
    "combine --by id,k n=count 's = sum(v)' 'last(path)' --memory 64KiB --late-to late.stream --quiet",
    'sink out.ndjson --quiet',
  ],
};

/** The same of groups under a trigger, which are read back one by one. */
const panesSpilled: Scenario = {
  ...spilled,
  name: 'panes-spilled',
  events: 20_000,
  stages: [
    "window fixed 1m --lateness 20s --early 'count 3' --late each --mode accumulate --quiet",
    "combine --by id,k n=count 's = sum(v)' 'last(path)' --memory 64KiB --late-to late.stream --quiet",
    'sink out.ndjson --meta keep --quiet',
  ],
};

const branches: Scenario = {
  name: 'branches',
  feed: 'growing',
  events: 30_000,
  source: SOURCE,
  stages: [
    'window fixed 10s --quiet',
    'tee copy.stream --quiet',
    'apply --lines --quiet -- sed -u s/path/page/',
    `partition 3 --by k --to part{}.stream --quiet`,
  ],
  outputs: ['copy.stream', 'part0.stream', 'part1.stream', 'part2.stream', 'rejected.ndjson'],
};

/** Two sources in one process, whose logs grow each for itself. */
const merged: Scenario = {
  ...combine,
  name: 'merged',
  other: 'other.ndjson',
  fused: true,
  outputs: [...combine.outputs, 'rejected.other.ndjson'],
};

export const SCENARIOS: readonly Scenario[] = [
  combine,
  {
    name: 'dedup',
    feed: 'growing',
    events: 60_000,
    source: SOURCE,
    stages: [
      'dedup --by id,k --within 1m --late-to twice.stream --quiet',
      'sink out.ndjson --meta keep --quiet',
    ],
    outputs: ['out.ndjson', 'twice.stream', 'rejected.ndjson'],
  },
  {
    name: 'sort',
    feed: 'growing',
    events: 60_000,
    source: SOURCE,
    stages: ['sort --memory 64KiB --late-to late.stream --quiet', 'sink out.ndjson --meta keep --quiet'],
    outputs: ['out.ndjson', 'late.stream', 'rejected.ndjson'],
  },
  {
    name: 'sort-fused',
    feed: 'rotated',
    events: 60_000,
    source: '--time t --delay 30s --rejected-to rejected.ndjson --quiet',
    fused: true,
    stages: ['window sliding 20s --every 10s --quiet', 'sort --quiet', COMBINE, 'sink out.ndjson --quiet'],
    outputs: ['out.ndjson', 'late.stream', 'rejected.ndjson'],
  },
  {
    name: 'sessions',
    feed: 'growing',
    events: 60_000,
    source: SOURCE,
    stages: [
      'window session 3s --quiet',
      `combine --by k n=count 'first(v)' 'set(path)' 'approx_quantile(v, 0.5)' 'mean(v)' --late-to late.stream --quiet`,
      'sink out.ndjson --quiet',
    ],
    outputs: ['out.ndjson', 'late.stream', 'rejected.ndjson'],
  },
  panes,
  {
    ...panes,
    name: 'panes-sessions',
    feed: 'rotated',
    fused: true,
    stages: [
      'window session 3s --lateness 10s --early each --mode discard --quiet',
      COMBINE,
      'sink out.ndjson --meta keep --quiet',
    ],
  },
  {
    name: 'enrich-table',
    feed: 'rotated',
    events: 60_000,
    source: SOURCE,
    stages: ['enrich table keys.csv --by k --quiet', 'sink out.ndjson --quiet'],
    outputs: ['out.ndjson', 'rejected.ndjson'],
  },
  {
    name: 'enrich-http',
    feed: 'growing',
    events: 2000,
    source: SOURCE,
    stages: [HTTP, 'sink out.ndjson --meta keep --quiet'],
    outputs: ['out.ndjson', 'unanswered.stream', 'rejected.ndjson'],
  },
  everything,
  {
    name: 'followed',
    feed: 'followed',
    events: 60_000,
    source: SOURCE,
    stages: ['window fixed 10s --quiet', COMBINE, 'sink out.ndjson --quiet'],
    outputs: ['out.ndjson', 'late.stream', 'rejected.ndjson'],
  },
  partitioned,
  {
    ...partitioned,
    name: 'partitioned-fused',
    feed: 'rotated',
    fused: true,
    stages: [
      'dedup --by id --within 30s --quiet',
      `sink 'out/{@t:%H}/at {@t:%M}.csv' --template '{id},{k},{v}' --quiet`,
    ],
    outputs: ['out', 'rejected.ndjson'],
  },
  {
    ...partitioned,
    name: 'rolled',
    feed: 'rotated',
    stages: ['window fixed 10s --quiet', COMBINE, `sink out/rolled.csv --roll 1m --quiet`],
  },
  {
    ...partitioned,
    name: 'rolled-fused',
    fused: true,
    stages: [
      'window fixed 10s --quiet',
      COMBINE,
      `sink 'out/{k}/{@roll:%Y/%m-%d}/{@roll:%H%M}.ndjson' --roll 1m --quiet`,
    ],
  },
  spool,
  {
    ...spool,
    name: 'spool-deleted',
    kept: '--on-commit delete',
    fused: true,
    outputs: [...combine.outputs, 'spool'],
  },
  {
    ...combine,
    name: 'shard',
    source: `${SOURCE} --shard 2/2`,
    // Files are cut into blocks of 4 MiB.
    events: 25_000,
    padding: 2000,
  },
  {
    ...spool,
    name: 'shard-of-spool',
    source: `${SOURCE} --shard 1/2`,
    kept: '--on-commit delete',
    fused: true,
    outputs: [...combine.outputs, 'spool'],
  },
  modules,
  {
    ...modules,
    name: 'modules-fused',
    fused: true,
    modules: ['partitions.mjs', 'objects.mjs'],
    stages: ['dedup --by id --within 30s --quiet', `sink './objects.mjs?url=@STORE@' --quiet`],
    outputs: ['out.ndjson', 'rejected.ndjson'],
    stored: 'out.ndjson',
  },
  spilled,
  {
    ...spilled,
    name: 'spilled-fused',
    feed: 'rotated',
    fused: true,
    stages: [
      'window fixed 2m --quiet',
      "combine --by id n=count 'set(path)' 'p = quantile(v, 0.9)' 'last(k)' --memory 64KiB --late-to late.stream --quiet",
      'sink out.ndjson --quiet',
    ],
  },
  panesSpilled,
  {
    ...panesSpilled,
    name: 'panes-spilled-sessions',
    feed: 'rotated',
    fused: true,
    stages: [
      "window session 5s --lateness 20s --early 'count 2' --late each --mode discard --quiet",
      "combine --by id n=count 'set(path)' 'last(k)' --memory 64KiB --late-to late.stream --quiet",
      'sink out.ndjson --meta keep --quiet',
    ],
  },
  branches,
  { ...branches, name: 'branches-fused', feed: 'rotated', fused: true },
  merged,
  {
    ...merged,
    name: 'merged-in-order',
    feed: 'rotated',
    stages: ['tee copy.stream --quiet', 'sink out.ndjson --meta keep --quiet'],
    outputs: ['out.ndjson', 'copy.stream', 'rejected.ndjson', 'rejected.other.ndjson'],
  },
  {
    ...combine,
    name: 'branches-merged',
    feed: 'rotated',
    fused: true,
    stages: [
      `route even="k.endsWith('0') || k.endsWith('2')" other="k.endsWith('1')" --quiet`,
      `merge - <(merge even | dedup --by id --within 30s --quiet | map 'even = true') <(merge other | sort --quiet) --quiet`,
      'window fixed 10s --quiet',
      `combine --by k,even n=count 's = sum(v)' 'last(id)' --late-to late.stream --quiet`,
      'sink out.ndjson --quiet',
    ],
  },
  { ...combine, name: 'combine-fused', feed: 'rotated', fused: true },
  { ...everything, name: 'everything-fused', feed: 'growing', fused: true },
];
