/** Endings of formats that others write, and tidemark does not. */
const FOREIGN =
  /\.(?:xlsx?|ods|parquet|avro|orc|arrow|feather|sqlite3?|db|duckdb|xml|ya?ml|toml|html?|pdf|md|proto|pb|cbor|msgpack|bson)$/i;

/** The ending of a name that says of a file that it holds a format that is not written here, with its dot; undefined: none. */
export const foreignEnding = (name: string): string | undefined => FOREIGN.exec(name)?.[0];
