// tm sink './lines.mjs?to=FILE'
import { appendFile } from 'node:fs/promises';
import type { ModuleBatch, SinkModule } from 'tidemark';

let path = '';

export const sink: SinkModule = {
  open({ to = 'lines' }) {
    path = to;
  },

  async publish(batch: ModuleBatch) {
    for await (const line of batch.lines()) await appendFile(path, `${line}\n`);
  },
};
