/** What other commands and other systems call an option, or where what it says is told: a hint for each. */
export type ForeignOptions = readonly (readonly [name: RegExp, hint: string])[];

/** What tells of time is an option of the source, wherever it is asked for. */
const OF_TIME: ForeignOptions = [
  [
    /^(?:delay|watermark|watermark-delay|max-out-of-order\w*|out-of-order\w*|wait|buffer)$/,
    'how late events may come is told where they are read: tm source … --delay 5s',
  ],
  [
    /^(?:time|time-field|timestamp|ts|event-time|time-column)$/,
    'what the time of an event is, is told where it is read: tm source … --time FIELD',
  ],
  [/^(?:format|input|file|i|f)$/, 'files are read by tm source: tm source FILE --format FORMAT | …'],
  [/^(?:output|out|o)$/, 'results are written by tm sink: … | tm sink FILE'],
];

const KEY = /^(?:group|group-by|groupby|key|keys|key-by|partition-by|on|fields?|columns?|cols?|k|g|per)$/;
const WINDOW = /^(?:window|windows|size|tumbling|sliding|session|interval)$/;

const KEY_BEHIND = 'the key is told behind: tm window … | tm combine --by FIELD n=count';

export const WINDOW_FOREIGN: ForeignOptions = [
  [/^(?:tz|zone|time-zone|tzone)$/, 'write tm window calendar UNIT --timezone ZONE'],
  [
    /^(?:slide|step|hop|advance|advance-by|slide-by|period|stride)$/,
    'write tm window sliding SIZE --every DURATION',
  ],
  [/^(?:grace|grace-period|allowed-lateness|late-by|retention)$/, 'write --lateness DURATION'],
  [/^(?:start|origin|shift|align|anchor)$/, 'write --offset DURATION'],
  [/^(?:accumulate|accumulating|discard|discarding)$/, 'write --mode accumulate or --mode discard'],
  [/^(?:emit|fire|triggering)$/, "write --early 'every 10s', or --trigger EXPR"],
  [KEY, KEY_BEHIND],
  [/^by$/, KEY_BEHIND],
  ...OF_TIME,
];

export const COMBINE_FOREIGN: ForeignOptions = [
  [KEY, 'write --by FIELD,FIELD'],
  [WINDOW, 'windows are made before: tm window fixed 5m | tm combine …'],
  [/^(?:sort|sort-by|order-by|orderby|s)$/, 'write --order NAME, or --order -NAME: descending'],
  [/^(?:desc|descending|reverse|r)$/, 'write --order -NAME: descending'],
  [/^(?:top|head|first|n|max-results|take)$/, 'write --order -NAME --limit N'],
  [
    /^(?:where|filter|if)$/,
    "before it: tm filter 'status >= 500' | tm combine …; of one aggregate: 'n = count() where status >= 500'",
  ],
  [/^having$/, "behind it: tm combine … | tm filter 'n > 5'"],
  [
    /^(?:agg|aggregate|aggregates|count|sum|mean|avg|min|max|select)$/,
    "an aggregate is no option: n=count, 'total = sum(bytes)'",
  ],
  [
    /^(?:early|late|lateness|trigger|mode)$/,
    'when windows fire is told before: tm window fixed 5m --early each --mode discard | tm combine …',
  ],
  ...OF_TIME,
];

export const DEDUP_FOREIGN: ForeignOptions = [
  [KEY, 'write --by FIELD,FIELD'],
  [WINDOW, 'write --within 10m; or make windows before: tm window fixed 1h | tm dedup --by FIELD'],
  [/^(?:ttl|horizon|timeout|for|duration|expire\w*|memory-time|retention)$/, 'write --within 10m'],
  [
    /^(?:keep|last|keep-last|keep-first|first|latest)$/,
    "the first of each key passes; the last is told by tm combine --by FIELD 'x = last(x)'",
  ],
  [
    /^(?:lateness|early|late|trigger|mode)$/,
    'it is an option of tm window before: tm window fixed 1h --lateness 10m | tm dedup --by FIELD',
  ],
  ...OF_TIME,
];

const BY_TIME = 'tm sort goes by the time of events; results go by their values in tm combine … --order NAME';

export const SORT_FOREIGN: ForeignOptions = [
  [KEY, BY_TIME],
  [/^(?:by|order|order-by|sort-by|desc|descending|asc|ascending|reverse|numeric|r|n)$/, BY_TIME],
  [
    /^(?:limit|top|head)$/,
    'the first of all are told by tm source --limit N, or tm combine --order NAME --limit N',
  ],
  [
    /^(?:within|lateness|max-delay|window)$/,
    'how long events are held is told where they are read: tm source … --delay 5s',
  ],
  ...OF_TIME,
];

export const MERGE_FOREIGN: ForeignOptions = [
  [
    /^(?:by|key|keys|on|join)$/,
    'merge puts streams together line by line; what belongs to a key is looked up by tm enrich',
  ],
  [/^(?:inputs?|files?|i|f)$/, 'inputs stand without an option: tm merge one.stream two.stream'],
  [/^(?:sort|sorted|ordered)$/, 'behind it: tm merge … | tm sort; --order tells which line is next'],
  [WINDOW, 'windows are made behind it: tm merge … | tm window fixed 5m'],
  ...OF_TIME,
];
