/** What the kernel offers: loops over bytes, called once a block. The addresses of its columns, and its functions. */

export {
  ACCESS_LOG_FIELDS,
  accessLogBeyondAscii,
  accessLogEnd,
  accessLogOut,
  scanAccessLog,
} from './access-log';
export * from './columns';
export {
  delimitedBeyondAscii,
  delimitedEnd,
  delimitedLines,
  delimitedOut,
  scanDelimited,
} from './csv';
export { DECLARED, REQUIRED } from './declared';
export { linesEnd, linesRead, linesWatermark, scanLines } from './lines';
export { logfmtBeyondAscii, logfmtEnd, logfmtOut, scanLogfmt } from './logfmt';
export { NAMES } from './names';
export { UNREAD } from './numbers';
export { AFFIXES, printEnd, printRecords, printRows, setAffixes } from './print';
export { project, readNumbers } from './project';
export { recordLines, recordsBeyondAscii, recordsEnd, scanRecords } from './records';
export { sortKeys } from './sort';
export {
  FULL,
  insertedCount,
  NONE,
  stoppedFull,
  stoppedLength,
  TABLE_BYTES,
  tableFind,
  tableIndex,
  tablePack,
  tablePut,
  tableRehash,
  tableRemove,
  tableUnlink,
  tableUpsert,
  tableUpsertRows,
} from './table';
export { highestTime, lastWatermark, readTimes, rowsAhead, stamp } from './times';
