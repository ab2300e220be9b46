import { DuckDBInstance } from '@duckdb/node-api';

/** Results per window of 10 s and status, and what was late, of a combined log: as DuckDB computes them. */
export interface Expected {
  /** `window_start,window_end,status,n,volume`, in that order; an empty volume is null. */
  readonly rows: readonly string[];
  readonly late: number;
  /** Seconds by which the latest event missed its window. */
  readonly latest: number;
  readonly events: number;
}

/**
 * The log's times are whole seconds, so that every new highest time is a watermark (one a second): an event is
 * late when the highest time before it, less the delay, has reached the end of its window.
 */
const REQUESTS = `
  WITH lines AS (
    SELECT unnest(string_split(content, chr(10))) AS line, generate_subscripts(string_split(content, chr(10)), 1) AS n
    FROM read_text($log)
  ), requests AS (
    SELECT n,
      epoch(strptime(regexp_extract(line, '\\[([^\\]]+)\\]', 1), '%d/%b/%Y:%H:%M:%S %z'))::BIGINT AS t,
      regexp_extract(line, '" ([0-9]{3}) ([0-9]+|-)', 1)::INTEGER AS status,
      nullif(regexp_extract(line, '" ([0-9]{3}) ([0-9]+|-)', 2), '-')::HUGEINT AS bytes
    FROM lines WHERE line <> ''
  ), timed AS (
    SELECT *, floor(t / 10)::BIGINT * 10 AS opens,
      max(t) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) - $delay AS watermark
    FROM requests
  ), judged AS (
    SELECT *, coalesce(watermark >= opens + 10, false) AS late FROM timed
  )`;

const ROWS = `${REQUESTS}
  SELECT opens::DOUBLE AS opens, status, count(*)::INTEGER AS n, sum(bytes)::VARCHAR AS volume
  FROM judged WHERE NOT late GROUP BY ALL ORDER BY opens, status`;

const LATE = `${REQUESTS}
  SELECT count(*)::INTEGER AS events, count(*) FILTER (late)::INTEGER AS late,
    coalesce(max(watermark - opens - 10) FILTER (late), 0)::INTEGER AS latest
  FROM judged`;

/** @param delay seconds; undefined: nothing is late */
export async function expectedOf(log: string, delay: number | undefined): Promise<Expected> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    // Longer than any log: no watermark before its end.
    const values = { log, delay: delay ?? 1e9 };
    const rows = (await connection.runAndReadAll(ROWS, values)).getRowObjectsJS();
    const [told] = (await connection.runAndReadAll(LATE, values)).getRowObjectsJS();
    return {
      rows: rows.map(({ opens, status, n, volume }) =>
        [instant(Number(opens)), instant(Number(opens) + 10), status, n, volume ?? ''].join(','),
      ),
      late: Number(told!.late),
      latest: Number(told!.latest),
      events: Number(told!.events),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString();
