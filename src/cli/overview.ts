import type { CommandSyntax } from '../commands/spec.ts';
import { columns, shellLines, wrap } from './layout.ts';
import { overview, words } from './messages.ts';
import type { Style } from './terminal.ts';

/** What `tm --help` shows. */
export function overviewHelp(
  specs: readonly Pick<CommandSyntax, 'name' | 'summary'>[],
  width: number,
  style: Style,
): string {
  const rows = (items: readonly { name: string; summary: string }[]): string[] =>
    columns(
      items.map(({ name, summary }) => ({ left: name, right: summary })),
      width,
    );
  const sections = [
    wrap(`tm: ${overview.title}`, width),
    [style.heading(`${words.usage}:`), ...overview.usage.map((line) => `  ${line}`)],
    [style.heading(`${words.commands}:`), ...rows(specs)],
    [style.heading(`${words.pages}:`), ...rows(overview.pages)],
    wrap(overview.more, width),
    [
      style.heading(`${words.example}:`),
      ...shellLines(overview.example, width - 2).map((line) => `  ${line}`),
    ],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
