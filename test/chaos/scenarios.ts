/** How the input reaches the source. */
export type Feed =
  /** All of it is there from the start. */
  | 'whole'
  /** It grows in pieces that end anywhere, while a run is going on and between runs. */
  | 'growing'
  /** And the file is renamed, under the source or between two runs, and another begun. */
  | 'rotated'
  /** And the source follows it. */
  | 'followed';

export interface Scenario {
  readonly name: string;
  readonly feed: Feed;
  /** Behind `source log.ndjson`, with a state or without. */
  readonly source: string;
  /** The stages behind the source; `@URL@` is where a server answers. */
  readonly stages: readonly string[];
  /** Events of a life: as many as keep a run busy for some hundred milliseconds. */
  readonly events: number;
  /** All stages in one process. */
  readonly fused?: true;
  /** Files and folders that are held equal to those of an undisturbed run. */
  readonly outputs: readonly string[];
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
  branches,
  { ...branches, name: 'branches-fused', feed: 'rotated', fused: true },
  { ...combine, name: 'combine-fused', feed: 'rotated', fused: true },
  { ...everything, name: 'everything-fused', feed: 'growing', fused: true },
];
