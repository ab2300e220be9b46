// A file that holds the epochs in its first line and the rows in the others, replaced as a whole by a rename.
// tm sink './rows.mjs?to=rows.ndjson'
import { open, readFile, rename } from 'node:fs/promises';

let path;
let text;
let epochs;

export const sink = {
  async open({ to }) {
    path = to;
    try {
      [, epochs, text] = /^([^\n]*)\n(.*)$/s.exec(await readFile(path, 'utf8'));
      epochs = JSON.parse(epochs);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      epochs = {};
      text = '';
    }
  },

  published: async (id) => epochs[id] ?? 0,

  async publish({ id, epoch, lines }) {
    let more = text;
    for await (const line of lines()) more += `${line}\n`;
    const after = { ...epochs, [id]: epoch };
    const file = await open(`${path}.new`, 'w');
    await file.writeFile(`${JSON.stringify(after)}\n${more}`);
    await file.sync();
    await file.close();
    await rename(`${path}.new`, path);
    text = more;
    epochs = after;
  },
};
