/** What commands say that stand behind one that failed. */

export const cut = (stage: string): string =>
  `tm ${stage}: the input stopped without @end: the command before was cut off, nothing more is fired\n` +
  '  hint: where the end is meant (… | head -1000 | …), give --eof drain\n';

export const nothing = (stage: string): string => `tm ${stage}: no input: the command before wrote nothing\n`;
