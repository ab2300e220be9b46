// Written by scripts/library.mjs from the specs in src/commands/ and src/aggregates/.

import type { UserEstimator as WatermarkEstimator, WatermarkModule } from '../connectors/watermark-module.ts';
import type { Branch } from './branch.ts';
import type { SidePipelines } from './sides.ts';

/** Options of `source`. */
export interface SourceOptions {
  /**
   * ndjson, csv, tsv, combined, common, logfmt, syslog, journal, text, regex:PATTERN, stream (FORMAT).
   * Default: by the ending of the name (.csv, .tsv, .logfmt, .syslog, .txt; .gz, .br, .zst are looked
   * through), else ndjson.
   * tm-formats(5) tells the members and types that each gives.
   */
  readonly format?: string | undefined;
  /**
   * Member that holds the event time; or arrival, or none (FIELD).
   * Logs of web servers, syslog and the journal bring their time. ndjson, csv, tsv, logfmt, text and
   * regex want to be told. arrival stamps each record with the time at which it came; none puts all
   * events into the global window at 0000-01-01T00:00:00.000Z, for questions that have nothing to do with
   * time.
   */
  readonly time?: string | undefined;
  /**
   * rfc3339, epoch-s, epoch-ms, epoch-us, epoch-ns, clf, or a pattern like %Y-%m-%d %H:%M:%S (FORMAT).
   * Default: rfc3339.
   */
  readonly timeFormat?: string | undefined;
  /** Zone of times that carry none: Europe/Berlin, +02:00 (ZONE). Default: UTC. */
  readonly timezone?: string | undefined;
  /**
   * Year of the first line, where syslog writes none (YEAR).
   * Times like Oct 11 22:14:15 have no year. The first of the run is in YEAR, each later one in the year
   * in which it is nearest to the one before, so that logs go through New Year. No clock is asked, for
   * the same log has to give the same events tomorrow.
   */
  readonly year?: number | string | undefined;
  /**
   * How much older than the newest an event may be and still count (DURATION).
   * The watermark is the highest event time seen minus this. Without it a bounded input is complete only
   * at its end: nothing is late, and no window fires before. --follow wants it, or a --watermark.
   */
  readonly delay?: string | undefined;
  /**
   * What makes the watermark: delay, wall, manual, or a module (STRATEGY). Default: delay.
   * delay: the highest event time minus --delay. wall: the clock minus --delay (0s), also while nothing
   * comes; an event that is older is late. manual: records of ndjson whose first member is "@watermark",
   * {"@watermark":"2026-03-14T12:00:00Z"}; one that is lower than those before is passed over, and to
   * --limit they count as events. ./FILE.mjs: a module whose default export makes an estimator for each
   * location, with observe(time) and watermark(); tm-functions(7).
   * Of a program it may also be a class of estimators, or a function that makes one for each location;
   * where the program gives the records, an estimator itself.
   */
  readonly watermark?: string | WatermarkModule | WatermarkEstimator | undefined;
  /** Write the watermark each time it has advanced by this (DURATION). Default: 1s. */
  readonly watermarkEvery?: string | undefined;
  /**
   * Let no event move the watermark that is later than the clock by more than this (DURATION).
   * One event with the time of next year would make all others late. Such events are passed on, counted
   * and told. The clock is that of the last tick; where no ticks are written, that of the start of the
   * run.
   */
  readonly maxAhead?: string | undefined;
  /**
   * Say that the input is idle when it has had no event for this long (DURATION).
   * A line {"@idle":true}, which the next event revokes: who merges streams does not wait for this one
   * meanwhile. With --state and several locations, one that has had nothing for so long does not hold
   * back the watermark at the end of a run.
   */
  readonly idle?: string | undefined;
  /**
   * Write the processing time into the stream this often; off: never (DURATION). Default: 1s where the
   * input has no end, else off.
   * A line {"@tick":"…"} with what the clock says, also while the input is quiet: by ticks windows fire
   * that wait for processing time. None goes back: while a clock that was set back catches up, there is
   * none. With --state the next run repeats what was written behind the last commit.
   */
  readonly tickEvery?: string | undefined;
  /**
   * Leave out events before TIME: 2015-05-17T10:05:00Z, 2015-05-17 (TIME).
   * TIME is RFC 3339, a date or a local time in --timezone, or a time as --time-format reads it: with
   * epoch-s a number of seconds. Watermarks and --limit are as if the events left out were not there.
   */
  readonly from?: string | undefined;
  /** Leave out events from TIME on (TIME). */
  readonly to?: string | undefined;
  /**
   * Records are in the order of their times: --from and --to read only what they need.
   * No record of a location is older than one before it by more than --delay, which is nothing where it
   * is not given. A file is then searched by halving for --from (not csv, where a line end may stand
   * inside a field, and no compressed file; syslog is not sorted in this sense, for a year that it does
   * not tell follows from the lines before), and everything is read no further than --to plus --delay.
   * What is passed over is not looked at: a record in it that cannot be read is not told. Where a record
   * that was read is out of this order it is an error. Messages count the lines from the byte at which
   * reading began.
   */
  readonly sorted?: boolean | undefined;
  /**
   * Go on reading as files grow, through rename and truncation.
   * One location is followed: what stands behind it would never be read. It is read from its start.
   */
  readonly follow?: boolean | undefined;
  /** Stop after N events, as if the input ended there. */
  readonly limit?: number | undefined;
  /**
   * Read only part I of N: N processes with 1/N to N/N read all, each record once (I/N).
   * Where lines are records (ndjson, combined, common, logfmt, journal, text, regex) a file is cut into
   * blocks of 4 MiB, of which every Nth is of one part; a line belongs to the block in which it begins,
   * so that parts agree also on a file that grows. What cannot be cut goes whole: csv, tsv, syslog, what
   * is compressed, generate:, by its number among all that is read; with --state, the files of a
   * directory or a pattern by a hash of their names. Messages count the lines of the part.
   */
  readonly shard?: string | undefined;
  /**
   * Reject records that do not fit the JSON Schema in FILE; commands behind know what events have (FILE).
   * What JSON Schema may say here is told in tm-stream(5), SCHEMA. The members of a record are checked,
   * also those inside of objects and lists; with "additionalProperties": false one that is not in the
   * schema is rejected too. `tm schema` writes such a file from records. Fields of csv, tsv, logfmt and
   * regex become what is declared of them: 007 and 17 stay texts where a text is declared, true is a
   * boolean, and what is no number is refused where one is (tm-formats(5), Types by schema). A module may
   * say itself what its records are (tm-connectors(7)); FILE goes before that.
   */
  readonly schema?: string | undefined;
  /** What a record that cannot be read does: fail, skip. Default: fail; skip with --rejected-to. */
  readonly onReject?: 'fail' | 'skip' | undefined;
  /** Put records that cannot be read into FILE, as they came; it is replaced by each run (FILE). */
  readonly rejectedTo?: string | undefined;
  /**
   * What SIGINT and SIGTERM do: stop, drain. Default: stop.
   * stop ends without an end: nothing half true is fired, no target appears. drain fires the windows that
   * are open.
   */
  readonly onInterrupt?: 'stop' | 'drain' | undefined;
  /**
   * Keep in DIR where the pipe stands: the next run goes on from there (DIR).
   * Every stage of the pipe keeps its state in DIR: positions, open windows, keys, the length of the
   * target. After the end of a file, a signal or kill -9 the same line goes on where the last commit was:
   * nothing is lost, and a file target gets each result once. The end of a file is no end then: windows
   * stay open for the next run, and bytes behind the last newline wait for it. --delay is wanted.
   * tm-stream(5) tells what is promised, `tm state DIR` what is kept.
   */
  readonly state?: string | undefined;
  /** How often all stages save what they have (DURATION). Default: 10s. */
  readonly checkpoint?: string | undefined;
  /**
   * Take the end of the input for the end: fire all windows, and keep nothing open.
   * Not with --follow, whose input has no end. With --format stream it is for streams that were
   * suspended, as side outputs are between two runs that keep state.
   */
  readonly drain?: boolean | undefined;
  /**
   * The input is complete up to WHEN, which is now, minus --delay.
   * At the end of the input the watermark moves to the clock minus --delay, so that the last windows need
   * not wait for the first line of tomorrow. Not with --follow.
   */
  readonly completeTo?: 'now' | undefined;
  /**
   * While another run has DIR: fail, skip, wait. Default: fail.
   * skip does nothing, leaves the target alone, and exits with 0.
   */
  readonly ifRunning?: 'fail' | 'skip' | 'wait' | undefined;
  /** Begin anew, without what DIR holds. */
  readonly resetState?: boolean | undefined;
  /**
   * With --state, when a file is gone that was not read to its end: fail, skip. Default: fail.
   * A file is known by device, inode and its first bytes. When its path names another one, the rest of it
   * is sought in the same folder, under any name, also compressed. skip goes on with the file at the
   * path, from its start, and says what is missing.
   */
  readonly onLostFile?: 'fail' | 'skip' | undefined;
  /**
   * With --state, what is done with a file of a directory or a pattern that was read: delete, move:DIR
   * (WHAT). Default: it stays, and is not read again.
   * Once its records are committed, not before. move:DIR makes DIR where there is none, and puts a number
   * behind a name that is taken. A file that was written to since it was read stays.
   */
  readonly onCommit?: string | undefined;
  /** Csv: what stands between fields: a character, or tab (CHAR). Default: ,. */
  readonly delimiter?: string | undefined;
  /** Csv: what a field may stand in: a character, or none (CHAR). Default: ". */
  readonly quote?: string | undefined;
  /** Csv: in quotes, the character before one that is meant as it is (CHAR). Default: a quote is doubled. */
  readonly escape?: string | undefined;
  /** Csv: take a quote that closes nothing for a character like any other. */
  readonly lazyQuotes?: boolean | undefined;
  /**
   * csv, tsv: the first line is a record; columns are named 1, 2, 3 ….
   * The first row tells how many there are. A column is named by --time '["1"]'.
   */
  readonly headerless?: boolean | undefined;
  /**
   * csv, tsv: names of the columns, by commas; the first line is a record (NAMES).
   * Instead of a header line that is there: --columns with --skip-lines 1.
   */
  readonly columns?: string | readonly string[] | undefined;
  /** csv, tsv: pass over lines that begin with TEXT (TEXT). */
  readonly comment?: string | undefined;
  /** csv, tsv: pass over N lines at the start of each location. */
  readonly skipLines?: number | undefined;
  /**
   * csv, tsv: let a row have fewer fields than columns, or more.
   * Columns that a row lacks are null, fields behind the last column are named by their numbers. Without
   * it such rows are rejected.
   */
  readonly ragged?: boolean | undefined;
  /** csv, tsv: a field without quotes that is TEXT is null, as an empty one is (TEXT). */
  readonly null?: string | readonly string[] | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `filter`. */
export interface FilterOptions {
  /**
   * Look into another stream: NAME is its event of the same window (NAME=STREAM).
   * STREAM is a stored stream, a FIFO or <(COMMAND). An event waits until the watermark of STREAM has
   * passed the end of its window; then NAME is the only event of that window there (`average.size`), null
   * if there is none. NAME[]=STREAM makes NAME the list of all its events, NAME[FIELD]=STREAM an object
   * of them by the value of FIELD (`rates[currency].rate`). A STREAM without windows must be complete,
   * and serves all events; one with other fixed windows is looked into where the last millisecond of the
   * event's window is. An event that comes when its window is complete, or that is in several windows, is
   * left out, counted and told. In a text of tm run `<(…)` holds stages, which run in the same process.
   * With --state STREAM is a file, which the next run reads again.
   */
  readonly side?: string | readonly string[] | undefined;
  /** The same of pipelines of the program, by NAME, `NAME[]` or `NAME[FIELD]`. */
  readonly sides?: SidePipelines | undefined;
  /** Put events that cannot be computed with into FILE (FILE). */
  readonly rejectedTo?: string | Branch<unknown> | undefined;
}

/** Options of `map`. */
export interface MapOptions {
  /** Leave out all members but those that are named here, in this order. */
  readonly only?: boolean | undefined;
  /** Members to leave out, separated by commas (FIELDS). */
  readonly drop?: string | readonly string[] | undefined;
  /** Members that get another name, and stay where they stand (NEW=OLD,…). */
  readonly rename?: string | readonly string[] | undefined;
  /**
   * Look into another stream: NAME is its event of the same window (NAME=STREAM).
   * STREAM is a stored stream, a FIFO or <(COMMAND). An event waits until the watermark of STREAM has
   * passed the end of its window; then NAME is the only event of that window there (`average.size`), null
   * if there is none. NAME[]=STREAM makes NAME the list of all its events, NAME[FIELD]=STREAM an object
   * of them by the value of FIELD (`rates[currency].rate`). A STREAM without windows must be complete,
   * and serves all events; one with other fixed windows is looked into where the last millisecond of the
   * event's window is. An event that comes when its window is complete, or that is in several windows, is
   * left out, counted and told. In a text of tm run `<(…)` holds stages, which run in the same process.
   * With --state STREAM is a file, which the next run reads again. With --js the function finds it at
   * context.side.NAME: tm-functions(7).
   */
  readonly side?: string | readonly string[] | undefined;
  /** The same of pipelines of the program, by NAME, `NAME[]` or `NAME[FIELD]`. */
  readonly sides?: SidePipelines | undefined;
  /** Call the default export of MODULE for each event: ./fn.mjs, ./fn.mjs?name=value (MODULE). */
  readonly js?: string | undefined;
  /**
   * Fields that make the key, separated by commas: each has a state and timers of its own (FIELDS).
   * A field is a path: `status`, `user.id`, `peers[0].id`, `["user-id"]`. Keys are equal as JSON values;
   * a missing member is null. What is computed of fields is one too: `class = int(status / 100)`, or
   * without the name; tm-expressions(7) tells how.
   */
  readonly by?: string | readonly string[] | undefined;
  /**
   * Forget a key when the watermark has passed its latest event by so much (DURATION). Default: never.
   * In the global window; a timer that is set keeps its key. In other windows a key is forgotten with its
   * window.
   */
  readonly ttl?: string | undefined;
  /**
   * Put what the function gives to its side output NAME into FILE (NAME=FILE).
   * As a stream of its own, which `tm source --format stream` reads. FILE is replaced by each run.
   */
  readonly sideTo?:
    | string
    | readonly string[]
    | Readonly<Record<string, string | Branch<unknown>>>
    | undefined;
  /**
   * What becomes of an event for which the function throws, or whose key cannot be computed: reject
   * leaves it out, fail ends the run. Default: reject.
   */
  readonly onError?: 'reject' | 'fail' | undefined;
  /**
   * Calls of an async function that are under way at the same time. Default: 1.
   * What they give stands in the order of their events all the same. With --by those of one key wait for
   * each other, so that each finds the state as the one before has left it. Calls wait for those before a
   * barrier, before the end of a bundle, and, where the module has onTimer, before a watermark.
   */
  readonly concurrency?: number | undefined;
  /**
   * How long a call of a function may take to settle (DURATION). Default: 30s.
   * Of one that gives a promise; one that computes without waiting holds up everything, and cannot be
   * ended. What takes longer ends the run.
   */
  readonly timeout?: string | undefined;
  /** Put events that cannot be computed with into FILE (FILE). */
  readonly rejectedTo?: string | Branch<unknown> | undefined;
  /**
   * Put events that came too late into FILE (FILE).
   * They are written as they came, with @w reduced to the windows that they missed, as a stream that `tm
   * source --format stream` reads: tm-time(7), LATE EVENTS, tells how they are dealt with then. FILE is
   * replaced by each run; where the source keeps state, it goes on with each.
   */
  readonly lateTo?: string | Branch<unknown> | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `explode`. */
export interface ExplodeOptions {
  /**
   * Make a list of a text: of its words, or of what stands between SEPARATORs (SEPARATOR).
   * Words are runs of letters, digits and marks of any script (Unicode), with apostrophes inside: `isn't`
   * is one. With SEPARATOR what stands between two of them counts, also when it is empty.
   */
  readonly split?: string | true | undefined;
  /** Put the element's number, from 1 on, into the member NAME (NAME). */
  readonly position?: string | undefined;
  /** Let an event whose list is empty or null go on, with null. */
  readonly keepEmpty?: boolean | undefined;
  /** Put events that cannot be computed with into FILE (FILE). */
  readonly rejectedTo?: string | Branch<unknown> | undefined;
}

/** Options of `window.fixed`. */
export interface WindowFixedOptions {
  /**
   * Keep windows open for late events until the watermark has passed their end by this (DURATION).
   * Default: 0s.
   * A late event fires its window again at once, or as --late says. A window is closed, and later events
   * are left out, when the watermark has passed its end by this.
   */
  readonly lateness?: string | undefined;
  /**
   * Fire windows before they are complete: 'every 10s', 'delay 5s', 'count 100', each (SPEC).
   * It repeats: `count 100` fires at each 100th event of a group. `every` and `delay` are told the time
   * by the ticks of the stream.
   */
  readonly early?: string | undefined;
  /** Fire windows again for late events: as --early (SPEC). Default: each, with --lateness. */
  readonly late?: string | undefined;
  /**
   * Fire windows by an expression: repeat(any(count(100), delay(5s))) (EXPR).
   * In place of --early and --late. tm-time(7) tells the language.
   */
  readonly trigger?: string | undefined;
  /**
   * Discard: a pane holds what came since the one before; accumulate: all that the window has had.
   * It must be given when a window can fire more than once. Results of discard can be added up, and
   * grouped again; those of accumulate replace each other.
   */
  readonly mode?: 'discard' | 'accumulate' | undefined;
  /**
   * Always or if-any: a pane when a window is complete, also if nothing has come since the one before, or
   * only if something has. Default: always.
   */
  readonly onTime?: 'always' | 'if-any' | undefined;
  /** Always or if-any: a pane when a window is closed, as --on-time; it is the last one. Default: if-any. */
  readonly closing?: 'always' | 'if-any' | undefined;
  /**
   * Move the bounds of all windows by this (DURATION). Default: 0s.
   * Less than a window lasts; of sliding windows, less than --every.
   */
  readonly offset?: string | undefined;
}

/** Options of `window.sliding`. */
export interface WindowSlidingOptions {
  /**
   * Keep windows open for late events until the watermark has passed their end by this (DURATION).
   * Default: 0s.
   * A late event fires its window again at once, or as --late says. A window is closed, and later events
   * are left out, when the watermark has passed its end by this.
   */
  readonly lateness?: string | undefined;
  /**
   * Fire windows before they are complete: 'every 10s', 'delay 5s', 'count 100', each (SPEC).
   * It repeats: `count 100` fires at each 100th event of a group. `every` and `delay` are told the time
   * by the ticks of the stream.
   */
  readonly early?: string | undefined;
  /** Fire windows again for late events: as --early (SPEC). Default: each, with --lateness. */
  readonly late?: string | undefined;
  /**
   * Fire windows by an expression: repeat(any(count(100), delay(5s))) (EXPR).
   * In place of --early and --late. tm-time(7) tells the language.
   */
  readonly trigger?: string | undefined;
  /**
   * Discard: a pane holds what came since the one before; accumulate: all that the window has had.
   * It must be given when a window can fire more than once. Results of discard can be added up, and
   * grouped again; those of accumulate replace each other.
   */
  readonly mode?: 'discard' | 'accumulate' | undefined;
  /**
   * Always or if-any: a pane when a window is complete, also if nothing has come since the one before, or
   * only if something has. Default: always.
   */
  readonly onTime?: 'always' | 'if-any' | undefined;
  /** Always or if-any: a pane when a window is closed, as --on-time; it is the last one. Default: if-any. */
  readonly closing?: 'always' | 'if-any' | undefined;
  /** Start a window this often; at most SIZE (DURATION). */
  readonly every?: string | undefined;
  /**
   * Move the bounds of all windows by this (DURATION). Default: 0s.
   * Less than a window lasts; of sliding windows, less than --every.
   */
  readonly offset?: string | undefined;
}

/** Options of `window.cumulate`. */
export interface WindowCumulateOptions {
  /**
   * Keep windows open for late events until the watermark has passed their end by this (DURATION).
   * Default: 0s.
   * A late event fires its window again at once, or as --late says. A window is closed, and later events
   * are left out, when the watermark has passed its end by this.
   */
  readonly lateness?: string | undefined;
  /**
   * Fire windows before they are complete: 'every 10s', 'delay 5s', 'count 100', each (SPEC).
   * It repeats: `count 100` fires at each 100th event of a group. `every` and `delay` are told the time
   * by the ticks of the stream.
   */
  readonly early?: string | undefined;
  /** Fire windows again for late events: as --early (SPEC). Default: each, with --lateness. */
  readonly late?: string | undefined;
  /**
   * Fire windows by an expression: repeat(any(count(100), delay(5s))) (EXPR).
   * In place of --early and --late. tm-time(7) tells the language.
   */
  readonly trigger?: string | undefined;
  /**
   * Discard: a pane holds what came since the one before; accumulate: all that the window has had.
   * It must be given when a window can fire more than once. Results of discard can be added up, and
   * grouped again; those of accumulate replace each other.
   */
  readonly mode?: 'discard' | 'accumulate' | undefined;
  /**
   * Always or if-any: a pane when a window is complete, also if nothing has come since the one before, or
   * only if something has. Default: always.
   */
  readonly onTime?: 'always' | 'if-any' | undefined;
  /** Always or if-any: a pane when a window is closed, as --on-time; it is the last one. Default: if-any. */
  readonly closing?: 'always' | 'if-any' | undefined;
  /** End a window this often; SIZE is a multiple of it (DURATION). */
  readonly every?: string | undefined;
  /**
   * Move the bounds of all windows by this (DURATION). Default: 0s.
   * Less than a window lasts; of sliding windows, less than --every.
   */
  readonly offset?: string | undefined;
}

/** Options of `window.session`. */
export interface WindowSessionOptions {
  /**
   * Keep windows open for late events until the watermark has passed their end by this (DURATION).
   * Default: 0s.
   * A late event fires its window again at once, or as --late says. A window is closed, and later events
   * are left out, when the watermark has passed its end by this.
   */
  readonly lateness?: string | undefined;
  /**
   * Fire windows before they are complete: 'every 10s', 'delay 5s', 'count 100', each (SPEC).
   * It repeats: `count 100` fires at each 100th event of a group. `every` and `delay` are told the time
   * by the ticks of the stream.
   */
  readonly early?: string | undefined;
  /** Fire windows again for late events: as --early (SPEC). Default: each, with --lateness. */
  readonly late?: string | undefined;
  /**
   * Fire windows by an expression: repeat(any(count(100), delay(5s))) (EXPR).
   * In place of --early and --late. tm-time(7) tells the language.
   */
  readonly trigger?: string | undefined;
  /**
   * Discard: a pane holds what came since the one before; accumulate: all that the window has had.
   * It must be given when a window can fire more than once. Results of discard can be added up, and
   * grouped again; those of accumulate replace each other.
   */
  readonly mode?: 'discard' | 'accumulate' | undefined;
  /**
   * Always or if-any: a pane when a window is complete, also if nothing has come since the one before, or
   * only if something has. Default: always.
   */
  readonly onTime?: 'always' | 'if-any' | undefined;
  /** Always or if-any: a pane when a window is closed, as --on-time; it is the last one. Default: if-any. */
  readonly closing?: 'always' | 'if-any' | undefined;
}

/** Options of `window.calendar`. */
export interface WindowCalendarOptions {
  /**
   * Keep windows open for late events until the watermark has passed their end by this (DURATION).
   * Default: 0s.
   * A late event fires its window again at once, or as --late says. A window is closed, and later events
   * are left out, when the watermark has passed its end by this.
   */
  readonly lateness?: string | undefined;
  /**
   * Fire windows before they are complete: 'every 10s', 'delay 5s', 'count 100', each (SPEC).
   * It repeats: `count 100` fires at each 100th event of a group. `every` and `delay` are told the time
   * by the ticks of the stream.
   */
  readonly early?: string | undefined;
  /** Fire windows again for late events: as --early (SPEC). Default: each, with --lateness. */
  readonly late?: string | undefined;
  /**
   * Fire windows by an expression: repeat(any(count(100), delay(5s))) (EXPR).
   * In place of --early and --late. tm-time(7) tells the language.
   */
  readonly trigger?: string | undefined;
  /**
   * Discard: a pane holds what came since the one before; accumulate: all that the window has had.
   * It must be given when a window can fire more than once. Results of discard can be added up, and
   * grouped again; those of accumulate replace each other.
   */
  readonly mode?: 'discard' | 'accumulate' | undefined;
  /**
   * Always or if-any: a pane when a window is complete, also if nothing has come since the one before, or
   * only if something has. Default: always.
   */
  readonly onTime?: 'always' | 'if-any' | undefined;
  /** Always or if-any: a pane when a window is closed, as --on-time; it is the last one. Default: if-any. */
  readonly closing?: 'always' | 'if-any' | undefined;
  /** Zone whose calendar counts: Europe/Berlin, +02:00 (ZONE). Default: UTC. */
  readonly timezone?: string | undefined;
  /** The day that weeks begin with: monday, sunday. Default: monday. */
  readonly weekStart?:
    | 'monday'
    | 'tuesday'
    | 'wednesday'
    | 'thursday'
    | 'friday'
    | 'saturday'
    | 'sunday'
    | undefined;
  /**
   * Begin all windows so much later by the clock: 6h (DURATION). Default: 0s.
   * Less than the shortest of them lasts: 28d for months.
   */
  readonly offset?: string | undefined;
}

/** Options of `window.global`. */
export interface WindowGlobalOptions {
  /**
   * Keep windows open for late events until the watermark has passed their end by this (DURATION).
   * Default: 0s.
   * A late event fires its window again at once, or as --late says. A window is closed, and later events
   * are left out, when the watermark has passed its end by this.
   */
  readonly lateness?: string | undefined;
  /**
   * Fire windows before they are complete: 'every 10s', 'delay 5s', 'count 100', each (SPEC).
   * It repeats: `count 100` fires at each 100th event of a group. `every` and `delay` are told the time
   * by the ticks of the stream.
   */
  readonly early?: string | undefined;
  /** Fire windows again for late events: as --early (SPEC). Default: each, with --lateness. */
  readonly late?: string | undefined;
  /**
   * Fire windows by an expression: repeat(any(count(100), delay(5s))) (EXPR).
   * In place of --early and --late. tm-time(7) tells the language.
   */
  readonly trigger?: string | undefined;
  /**
   * Discard: a pane holds what came since the one before; accumulate: all that the window has had.
   * It must be given when a window can fire more than once. Results of discard can be added up, and
   * grouped again; those of accumulate replace each other.
   */
  readonly mode?: 'discard' | 'accumulate' | undefined;
  /**
   * Always or if-any: a pane when a window is complete, also if nothing has come since the one before, or
   * only if something has. Default: always.
   */
  readonly onTime?: 'always' | 'if-any' | undefined;
  /** Always or if-any: a pane when a window is closed, as --on-time; it is the last one. Default: if-any. */
  readonly closing?: 'always' | 'if-any' | undefined;
}

/** Options of `dedup`. */
export interface DedupOptions {
  /**
   * What makes the key: fields and what is computed of them, by commas: method, 'class = int(status /
   * 100)' (FIELDS).
   * A field is a path: `status`, `user.id`, `peers[0].id`, `["user-id"]`. Keys are equal as JSON values;
   * a missing member is null. What is computed of fields is one too: `class = int(status / 100)`, or
   * without the name; tm-expressions(7) tells how.
   */
  readonly by?: string | readonly string[] | undefined;
  /**
   * An event less than this away from a kept one is a duplicate, whatever the windows (DURATION).
   * Distances are in event time, and count in both directions. A key is forgotten when the watermark has
   * passed its event by twice the duration.
   */
  readonly within?: string | undefined;
  /**
   * Memory that keys may take before they go to disk (SIZE). Default: 1GiB.
   * More keys are written to $TMPDIR, with --state into its directory, and looked up there when events
   * come that may have them: slower, with the same results. About 2 bytes of each key on disk stay in
   * memory, up to half of SIZE. It is an estimate, and the process takes up to 200 MiB more.
   */
  readonly memory?: number | string | undefined;
  /**
   * Put events that came too late into FILE (FILE).
   * They are written as they came, with @w reduced to the windows that they missed, as a stream that `tm
   * source --format stream` reads: tm-time(7), LATE EVENTS, tells how they are dealt with then. FILE is
   * replaced by each run; where the source keeps state, it goes on with each.
   */
  readonly lateTo?: string | Branch<unknown> | undefined;
  /** Put events that cannot be computed with into FILE (FILE). */
  readonly rejectedTo?: string | Branch<unknown> | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `sort`. */
export interface SortOptions {
  /**
   * Memory that events may take before they go to disk (SIZE). Default: 1GiB.
   * More events are written in order to $TMPDIR, with --state into its directory, and merged when the
   * watermark passes them: the same results. It is an estimate, and the process takes up to 200 MiB more.
   */
  readonly memory?: number | string | undefined;
  /**
   * Put events that came too late into FILE (FILE).
   * They are written as they came, with @w reduced to the windows that they missed, as a stream that `tm
   * source --format stream` reads: tm-time(7), LATE EVENTS, tells how they are dealt with then. FILE is
   * replaced by each run; where the source keeps state, it goes on with each.
   */
  readonly lateTo?: string | Branch<unknown> | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `combine`. */
export interface CombineOptions {
  /**
   * What makes the key: fields and what is computed of them, by commas: method, 'class = int(status /
   * 100)' (FIELDS).
   * A field is a path: `status`, `user.id`, `peers[0].id`, `["user-id"]`. Keys are equal as JSON values;
   * a missing member is null. What is computed of fields is one too: `class = int(status / 100)`, or
   * without the name; tm-expressions(7) tells how.
   */
  readonly by?: string | readonly string[] | undefined;
  /**
   * Order the results of a window by these; -NAME: descending (NAMES). Default: by key.
   * Names of results or of key fields, or what is computed of these: `n / total`. Equal ones come in the
   * order of their keys.
   */
  readonly order?: string | readonly string[] | undefined;
  /** Write the first N results of each window only. */
  readonly limit?: number | undefined;
  /**
   * Write partial results, which --final merges.
   * In place of each result stands an accumulator: a JSON value that holds what the aggregate needs of
   * the events so far. Parts of an input can so be combined by processes of their own, in parallel or one
   * day after the other. The arguments are kept in the @stream line. Each part is read by itself: a piece
   * of a csv file needs the header line, and dedup before it knows no events of other parts.
   */
  readonly partial?: boolean | undefined;
  /**
   * Merge the partial results of --partial with the same arguments.
   * The results are those of one combine over the whole input, byte for byte, if the parts are pieces of
   * the input that come in its order and nothing was late in them: give no --delay to the source of a
   * part. In another order only what is taken from events of equal time can differ. approx_topk keeps its
   * bounds, but may count otherwise within them. Sessions of the parts are merged where they overlap.
   */
  readonly final?: boolean | undefined;
  /**
   * Memory that groups may take before they go to disk (SIZE). Default: 1GiB.
   * Larger state is written to $TMPDIR, with --state into its directory, in order, and merged when its
   * window closes: slower, with the same results. A session that goes on after it was written is read
   * back alone, which is the slowest; those that ended first are written first. It is an estimate, and
   * the process takes 150 MiB more, or with a large --memory half as much again; a window that closes is
   * not held in memory whole, but sessions of the same start and end are. Under a trigger an event whose
   * group is on disk reads it back, and a watermark or a tick reads those that it fires, in order: the
   * slowest of all, where events come to more groups than fit.
   */
  readonly memory?: number | string | undefined;
  /**
   * Put events that came too late into FILE (FILE).
   * They are written as they came, with @w reduced to the windows that they missed, as a stream that `tm
   * source --format stream` reads: tm-time(7), LATE EVENTS, tells how they are dealt with then. FILE is
   * replaced by each run; where the source keeps state, it goes on with each.
   */
  readonly lateTo?: string | Branch<unknown> | undefined;
  /** Put events that cannot be computed with into FILE (FILE). */
  readonly rejectedTo?: string | Branch<unknown> | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `enrich.table`. */
export interface EnrichTableOptions {
  /**
   * Fields of the event, each with the column of the table that it is looked up in (FIELD[=COLUMN],…).
   * Without =COLUMN the column is named like the field. A key matches by value and type: the number 7 is
   * found by 7 and 7.0, not by the text "7". A field that is null or missing finds nothing. What is
   * computed of fields may stand for one: `lower(host)=host`; tm-expressions(7) tells how. An event for
   * which it cannot be computed is left out, counted and told.
   */
  readonly by?: string | readonly string[] | undefined;
  /** Columns to add, each under its own name or as NAME ([NAME=]COLUMN,…). Default: all but the key. */
  readonly columns?: string | readonly string[] | undefined;
  /** Add one member NAME that is an object of the columns (NAME). */
  readonly as?: string | undefined;
  /** What becomes of an event without a match: left adds null, inner leaves it out. Default: left. */
  readonly join?: 'left' | 'inner' | undefined;
  /** Format of the table: ndjson, csv, tsv. Default: by the file's name. */
  readonly format?: 'ndjson' | 'csv' | 'tsv' | undefined;
  /** Put events that cannot be computed with into FILE (FILE). */
  readonly rejectedTo?: string | Branch<unknown> | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `enrich.http`. */
export interface EnrichHttpOptions {
  /** How long one attempt may take, body included (DURATION). Default: 10s. */
  readonly timeout?: string | undefined;
  /**
   * Attempts behind the first, for what may work later. Default: 5.
   * Tried again are connections that fail or break, timeouts, and the statuses 408, 429 and 5xx. The
   * waits grow exponentially from at most 500ms to at most 30s, with full jitter. A Retry-After of the
   * server is waited for, however long.
   */
  readonly retry?: number | undefined;
  /**
   * Requests that are under way at once. Default: 8.
   * One that waits for its next attempt counts. Events that need the same at the same time share a
   * request.
   */
  readonly concurrency?: number | undefined;
  /**
   * Give up on an event once it is older than AGE (AGE).
   * The age of an event is the processing time minus its event time, looked at before each attempt, the
   * first included: events of yesterday with --until 1h are never asked for.
   */
  readonly until?: string | undefined;
  /**
   * Put events that were given up on into FILE (FILE).
   * They are written as they came, as a stream that `tm source --format stream` reads.
   */
  readonly deadLetterTo?: string | Branch<unknown> | undefined;
  /**
   * What becomes of an event without an answer: fail ends the run, drop leaves it out, pass adds null.
   * Default: fail.
   */
  readonly onFailure?: 'fail' | 'drop' | 'pass' | undefined;
  /** Name of the member that is added (NAME). Default: enriched. */
  readonly as?: string | undefined;
  /** Send this header with each request ('NAME: VALUE'). */
  readonly header?: string | readonly string[] | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `enrich.js`. */
export interface EnrichJsOptions {
  /**
   * Fields that the function is told, separated by commas (FIELDS).
   * A field is a path: `status`, `user.id`, `peers[0].id`, `["user-id"]`. Keys are equal as JSON values;
   * a missing member is null. What is computed of fields is one too: `class = int(status / 100)`, or
   * without the name; tm-expressions(7) tells how.
   */
  readonly by?: string | readonly string[] | undefined;
  /** How long one call may take to settle (DURATION). Default: 10s. */
  readonly timeout?: string | undefined;
  /**
   * Attempts behind the first, for what may work later. Default: 5.
   * Called again is what throws or takes too long, unless the error has retry: false, or is a mistake in
   * the program (a ReferenceError, a RangeError, a SyntaxError, a TypeError without a cause). The waits
   * grow exponentially from at most 500ms to at most 30s, with full jitter; an error with retryAfter says
   * how many milliseconds to wait.
   */
  readonly retry?: number | undefined;
  /**
   * Requests that are under way at once. Default: 8.
   * One that waits for its next attempt counts. Events that need the same at the same time share a
   * request.
   */
  readonly concurrency?: number | undefined;
  /**
   * Give up on an event once it is older than AGE (AGE).
   * The age of an event is the processing time minus its event time, looked at before each attempt, the
   * first included: events of yesterday with --until 1h are never asked for.
   */
  readonly until?: string | undefined;
  /**
   * Put events that were given up on into FILE (FILE).
   * They are written as they came, as a stream that `tm source --format stream` reads.
   */
  readonly deadLetterTo?: string | Branch<unknown> | undefined;
  /**
   * What becomes of an event without an answer: fail ends the run, drop leaves it out, pass adds null.
   * Default: fail.
   */
  readonly onFailure?: 'fail' | 'drop' | 'pass' | undefined;
  /** Name of the member that is added (NAME). Default: enriched. */
  readonly as?: string | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `route`. */
export interface RouteOptions {
  /**
   * Look into another stream: NAME is its event of the same window (NAME=STREAM).
   * STREAM is a stored stream, a FIFO or <(COMMAND). An event waits until the watermark of STREAM has
   * passed the end of its window; then NAME is the only event of that window there (`average.size`), null
   * if there is none. NAME[]=STREAM makes NAME the list of all its events, NAME[FIELD]=STREAM an object
   * of them by the value of FIELD (`rates[currency].rate`). A STREAM without windows must be complete,
   * and serves all events; one with other fixed windows is looked into where the last millisecond of the
   * event's window is. An event that comes when its window is complete, or that is in several windows, is
   * left out, counted and told. In a text of tm run `<(…)` holds stages, which run in the same process.
   * With --state STREAM is a file, which the next run reads again.
   */
  readonly side?: string | readonly string[] | undefined;
  /** The same of pipelines of the program, by NAME, `NAME[]` or `NAME[FIELD]`. */
  readonly sides?: SidePipelines | undefined;
  /** Put events that cannot be computed with into FILE (FILE). */
  readonly rejectedTo?: string | Branch<unknown> | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `throttle`. */
export interface ThrottleOptions {
  /** Events that may pass at once after a pause. Default: 1; with --on-excess drop the number in RATE. */
  readonly burst?: number | undefined;
  /**
   * What makes the key: fields and what is computed of them, by commas: method, 'class = int(status /
   * 100)' (FIELDS).
   * A field is a path: `status`, `user.id`, `peers[0].id`, `["user-id"]`. Keys are equal as JSON values;
   * a missing member is null. What is computed of fields is one too: `class = int(status / 100)`, or
   * without the name; tm-expressions(7) tells how.
   */
  readonly by?: string | readonly string[] | undefined;
  /** What becomes of events over the rate: wait holds up the stream, drop takes them out. Default: wait. */
  readonly onExcess?: 'wait' | 'drop' | undefined;
  /**
   * Put events over the rate into FILE (FILE).
   * They are written as they came, as a stream that `tm source --format stream` reads.
   */
  readonly excessTo?: string | Branch<unknown> | undefined;
  /** Put events that cannot be computed with into FILE (FILE). */
  readonly rejectedTo?: string | Branch<unknown> | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `apply`. */
export interface ApplyOptions {
  /** COMMAND writes one line for each that it reads: watermarks stay where they are between them. */
  readonly lines?: boolean | undefined;
  /** With --lines: how long COMMAND may write nothing while it owes lines (DURATION). Default: 10s. */
  readonly timeout?: string | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `tee`. */
export interface TeeOptions {
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `partition`. */
export interface PartitionOptions {
  /**
   * What makes the key: fields and what is computed of them, by commas: method, 'class = int(status /
   * 100)' (FIELDS).
   * A field is a path: `status`, `user.id`, `peers[0].id`, `["user-id"]`. Keys are equal as JSON values;
   * a missing member is null. What is computed of fields is one too: `class = int(status / 100)`, or
   * without the name; tm-expressions(7) tells how.
   */
  readonly by?: string | readonly string[] | undefined;
  /**
   * Where the parts go: a PLACE with {} for the number of the part, from 0 on, or one PLACE for each
   * (PLACE).
   */
  readonly to?: string | Branch<unknown> | readonly (string | Branch<unknown>)[] | undefined;
  /** Put events that cannot be computed with into FILE (FILE). */
  readonly rejectedTo?: string | Branch<unknown> | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `merge`. */
export interface MergeOptions {
  /**
   * Which line is next: that of the input furthest behind (watermark), the first that comes (arrival).
   * Default: watermark where all inputs end by themselves, else arrival.
   * By watermark each line is taken from the input whose watermark is lowest, of equal ones from the
   * first: the same inputs give the same output, however fast each is read. An input that is quiet is
   * waited for. By arrival nothing waits, and another run may write the lines in another order; the
   * watermarks are true in both.
   */
  readonly order?: 'watermark' | 'arrival' | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/** Options of `sink`. */
export interface SinkOptions {
  /**
   * How results are written: ndjson, csv, tsv, table, stream. Default: by the name's ending; table on a
   * terminal; else ndjson.
   * An ending of a format that is not written, as .xlsx and .parquet, is refused without --format. csv
   * and tsv have the columns of the schema (tm-stream(5)), else those of the first event; an event with
   * another member is an error. table is for people. stream writes the marked stream itself, for `tm
   * source --format stream`.
   */
  readonly format?: 'ndjson' | 'csv' | 'tsv' | 'table' | 'stream' | undefined;
  /**
   * Write each result as this text: '{window_start} {path} {n}' (TEXT).
   * A name or path in braces stands for the value: a text without quotes, anything else as JSON, nothing
   * where the event lacks it. So does an expression, {upper(method)} (tm-expressions(7)), with nothing
   * where it is null or cannot be computed. {@t}, {@w} and {@pane} are the metadata. {{ and }} are
   * braces, \n and \t line feed and tab. A line feed ends each result.
   */
  readonly template?: string | undefined;
  /** Add to what the target holds; csv and tsv keep its columns. */
  readonly append?: boolean | undefined;
  /** Replace what the target holds. */
  readonly overwrite?: boolean | undefined;
  /**
   * Begin another file for each such span of event time: 1h, 15m, 1d (DURATION).
   * A result belongs to the file of its window's start; without a window, of its time. Files begin at
   * multiples of the span since 1970, UTC, as fixed windows do. Their time stands before the ending of
   * the name, out-2015-05-17T10.ndjson, or where LOCATION has {@roll:FORMAT}.
   */
  readonly roll?: string | undefined;
  /**
   * What becomes of time, window and pane: flatten, keep, drop. Default: flatten.
   * flatten: the window becomes window_start and window_end, one result per window where an event is in
   * many; the pane becomes pane_index and pane_timing; the time goes. keep: @t, @w and @pane as they are
   * in the stream, and names that the source escaped stay so. drop: members only.
   */
  readonly meta?: 'flatten' | 'keep' | 'drop' | undefined;
  /**
   * Name under which the command keeps its state (NAME). Default: the command's; numbered where it stands
   * in the line twice.
   */
  readonly name?: string | undefined;
}

/**
 * What the aggregates of `combine` give. An integer past 2^53 is a bigint wherever a number is told here: cast what can
 * be so large.
 */
export interface AggregateResults {
  /** `count([FIELD])`: count events, or the values of FIELD that are not null. */
  readonly count: number;
  /** `null_count(FIELD)`: count the events whose FIELD is null or missing. */
  readonly null_count: number;
  /** `distinct(FIELD)`: count the distinct values of FIELD, exactly. */
  readonly distinct: number;
  /** `approx_distinct(FIELD[, PRECISION])`: count the distinct values of FIELD with a standard error of 0.8 %, 1.04 / sqrt(2^PRECISION). */
  readonly approx_distinct: number;
  /** `histogram(FIELD, BOUND, …)`: count the values below the first BOUND, from each BOUND to below the next, and from the last on, as a list of from, to, count. */
  readonly histogram: unknown;
  /** `bins(FIELD, FROM, TO, COUNT)`: count as histogram does, in COUNT bins of equal width from FROM to TO. */
  readonly bins: unknown;
  /** `sum(FIELD)`: add up FIELD exactly, null when there are no values. */
  readonly sum: number | null;
  /** `mean(FIELD)`: take the mean of FIELD, correctly rounded, null when there are no values. */
  readonly mean: number | null;
  /** `weighted_mean(FIELD, WEIGHT)`: take the mean of FIELD in which each counts as much as WEIGHT says, null when the weights add up to 0. */
  readonly weighted_mean: number | null;
  /** `min(FIELD)`: take the least FIELD of any type, spelled as it came, null when there are no values. */
  readonly min: unknown;
  /** `max(FIELD)`: take the greatest FIELD of any type, spelled as it came, null when there are no values. */
  readonly max: unknown;
  /** `arg_min(FIELD, BY)`: take FIELD of the event where BY is least, of equals the first; events where one is null do not count. */
  readonly arg_min: unknown;
  /** `arg_max(FIELD, BY)`: take FIELD of the event where BY is greatest, of equals the first; events where one is null do not count. */
  readonly arg_max: unknown;
  /** `median(FIELD)`: take the middle value of FIELD, or the mean of the two in the middle. */
  readonly median: number | null;
  /** `quantile(FIELD, Q[, "linear"])`: take the smallest FIELD that at least the share Q (0 to 1) of the values are at most; with "linear" the point between two values that Q falls on. */
  readonly quantile: number | null;
  /** `quantiles(FIELD, Q, …[, "linear"])`: list several quantiles, in the order in which they are asked for; null when there are no values. */
  readonly quantiles: unknown;
  /** `approx_quantile(FIELD, Q[, ERROR])`: take the quantile of FIELD up to a relative ERROR (0.01), without holding values. */
  readonly approx_quantile: number | null;
  /** `mode(FIELD)`: take the most frequent value of FIELD, of equally frequent ones the least. */
  readonly mode: unknown;
  /** `antimode(FIELD)`: take the least frequent value of FIELD, of equally frequent ones the least. */
  readonly antimode: unknown;
  /** `topk(FIELD, K)`: list the K most frequent values of FIELD with their counts, ties in the order of values. */
  readonly topk: unknown;
  /** `approx_topk(FIELD, K[, COUNTERS])`: list the K most frequent values of FIELD with their counts, each too high by at most its error. */
  readonly approx_topk: unknown;
  /** `first(FIELD)`: take the first FIELD that is not null, by event time, then by position. */
  readonly first: unknown;
  /** `last(FIELD)`: take the last FIELD that is not null, by event time, then by position. */
  readonly last: unknown;
  /** `any_value(FIELD)`: take one FIELD that is not null, for values that are all the same: the first. */
  readonly any_value: unknown;
  /** `list(FIELD)`: list every FIELD that is not null, by event time, then by position. */
  readonly list: readonly unknown[];
  /** `set(FIELD)`: list the distinct values of FIELD in the order of values. */
  readonly set: readonly unknown[];
  /** `sample(FIELD, K[, SEED])`: draw K values of FIELD, each event as likely as any other, in order of event time: the same ones whenever the events and SEED are the same; events equal in all members count once. */
  readonly sample: readonly unknown[];
  /** `string_agg(FIELD[, SEPARATOR])`: join every FIELD to one string, by event time, then by position, with SEPARATOR (or a comma) between. */
  readonly string_agg: string | null;
  /** `variance(FIELD)`: take the sample variance of FIELD (over n - 1), null below two values. */
  readonly variance: number | null;
  /** `var_pop(FIELD)`: take the population variance of FIELD (over n), null when there are no values. */
  readonly var_pop: number | null;
  /** `stddev(FIELD)`: take the sample standard deviation of FIELD (over n - 1), null below two values. */
  readonly stddev: number | null;
  /** `stddev_pop(FIELD)`: take the population standard deviation of FIELD (over n), null when there are no values. */
  readonly stddev_pop: number | null;
  /** `skewness(FIELD)`: take the sample skewness of FIELD (adjusted Fisher-Pearson), null below three values. */
  readonly skewness: number | null;
  /** `skewness_pop(FIELD)`: take the population skewness of FIELD, null when all values are equal. */
  readonly skewness_pop: number | null;
  /** `kurtosis(FIELD)`: take the sample excess kurtosis of FIELD (0 for the normal distribution), null below four values. */
  readonly kurtosis: number | null;
  /** `kurtosis_pop(FIELD)`: take the population excess kurtosis of FIELD, null when all values are equal. */
  readonly kurtosis_pop: number | null;
  /** `corr(Y, X)`: take Pearson's correlation of two fields, -1 to 1, null when one does not vary. */
  readonly corr: number | null;
  /** `covar_pop(Y, X)`: take the population covariance of two fields (over n). */
  readonly covar_pop: number | null;
  /** `covar_samp(Y, X)`: take the sample covariance of two fields (over n - 1), null below two pairs. */
  readonly covar_samp: number | null;
  /** `regr_slope(Y, X)`: take the slope of the straight line through the pairs (least squares), null when X does not vary. */
  readonly regr_slope: number | null;
  /** `regr_intercept(Y, X)`: take the Y of that line where X is 0. */
  readonly regr_intercept: number | null;
  /** `regr_r2(Y, X)`: take the share of the variance of Y that the line explains, null when X does not vary, 1 when Y does not. */
  readonly regr_r2: number | null;
  /** `regr_count(Y, X)`: count the pairs of which neither is null, which are what the others of two fields go by. */
  readonly regr_count: number;
  /** `bool_and(FIELD)`: tell whether every FIELD is true, null when there are no values. */
  readonly bool_and: boolean | null;
  /** `bool_or(FIELD)`: tell whether any FIELD is true, null when there are no values. */
  readonly bool_or: boolean | null;
  /** `bit_and(FIELD)`: take the bitwise and of FIELD, integers of any size, null when there are no values. */
  readonly bit_and: number | null;
  /** `bit_or(FIELD)`: take the bitwise or of FIELD, integers of any size, null when there are no values. */
  readonly bit_or: number | null;
  /** `bit_xor(FIELD)`: take the bitwise exclusive or of FIELD, integers of any size, null when there are no values. */
  readonly bit_xor: number | null;
  /** `js([FIELD, …, ]"MODULE")`: call a combiner of MODULE, a file of JavaScript, with FIELDs or the whole event: tm-functions(7). */
  readonly js: unknown;
}
