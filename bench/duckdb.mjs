// Runs one query on two threads, and prints its one column a line: DuckDB as a shell user has it.
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
const reader = await connection.runAndReadAll(process.argv[2]);
process.stdout.write(
  `${reader
    .getRows()
    .map(([line]) => line)
    .join('\n')}\n`,
);
