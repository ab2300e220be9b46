// Runs one query on two threads, as a shell user has DuckDB; what it gives goes to stdout as lines. Where the
// variable QUERY_SECONDS names a file, the time of the query alone is written there, without the start.
import fs from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const [query] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { threads: '2', preserve_insertion_order: 'false' });
const connection = await instance.connect();
const started = performance.now();
// Written by DuckDB itself: rows as objects of JavaScript would count against it.
await connection.run(`COPY (${query}) TO '/dev/stdout' (FORMAT csv, HEADER false, DELIMITER ' ', QUOTE '')`);
const { QUERY_SECONDS: file } = process.env;
if (file) fs.writeFileSync(file, `${(performance.now() - started) / 1000}`);
