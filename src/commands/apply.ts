import { openProgram } from '../connectors/child-program.ts';
import { machineWorld } from '../connectors/http-client.ts';
import { Apply, behindProgram } from '../operators/apply.ts';
import type { CommandSpec, DefaultedOption, OptionSpec } from './spec.ts';
import { flag, optionOrDefault, SIZE } from './values.ts';

const lines: OptionSpec = {
  name: 'lines',
  help: 'COMMAND writes one line for each that it reads: watermarks stay where they are between them',
};

const timeout: DefaultedOption<number> = {
  name: 'timeout',
  value: SIZE,
  help: 'with --lines: how long COMMAND may write nothing while it owes lines',
  default: '10s',
};

export const applyCommand: CommandSpec = {
  name: 'apply',
  summary: 'put a filter of somebody else in the pipe, with markers kept in place',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  takesRest: true,
  description: [
    "Starts COMMAND, gives it the events as lines of JSON, and takes what it writes for the events from there on. It sees no markers: no line without `@t`. It is to write lines of JSON with `@t` and `@w` as it has read them; `jq -c` keeps them, if it is not told otherwise. No shell reads COMMAND, unless it is one: `-- sh -c 'grep x | cut …'`.",
    'Without --lines COMMAND may write any number of lines for those that it reads: it may drop some, and sort what it has. So it is not known which are answers to what came before a watermark, and watermarks wait until COMMAND has read all and has ended. Where the source keeps state, COMMAND is ended at each checkpoint, and started again behind it. A stream without end and without state wants --lines.',
    'With --lines COMMAND writes one line for each that it reads, in their order, and each at once: what it holds in a buffer holds up the stream, and is an error when nothing comes for --timeout. `jq --unbuffered`, `grep --line-buffered`, `sed -u`, `stdbuf -oL COMMAND` and `fflush()` of awk write at once. The same COMMAND reads the whole stream.',
    'A line without `@t`, or one that is earlier than the watermark before it and than the events that COMMAND was given, is an error that names the line. An exit code but 0 is an error, too; grep has 1 where no line matched. What COMMAND writes to standard error is told under its name. One that stops reading, as head does, is given nothing more, and you are told how many events that were.',
    'COMMAND runs in a process group of its own, and ends with tm: by the end of its input, or by a signal to the group. Its standard input and output are sockets: `-` stands for them, where `/dev/stdin` cannot be opened.',
  ],
  arguments: [{ name: 'COMMAND', help: 'the program and its arguments', required: true, variadic: true }],
  options: [lines, timeout],
  kinds: [],
  examples: [
    {
      title: 'errors alone, through grep',
      command:
        'tm source access.log --format combined --delay 1m | tm apply -- grep \'"status":5\' | tm window fixed 5m | tm combine n=count | tm sink',
    },
    {
      title: 'a member more for each event, while the log grows',
      command:
        'tm source access.log --format combined --delay 1m | tm apply --lines -- sed -u \'s/}$/,"site":"north"}/\' | tm combine --by site n=count | tm sink',
    },
  ],
  build(given) {
    const options = {
      command: given.arguments,
      lines: flag(given, lines),
      timeout: optionOrDefault(given, timeout),
    };
    return {
      role: 'operator',
      sides: new Map(),
      check: behindProgram,
      create: async (context) => {
        const { maxLine } = context;
        const start = await openProgram(options.command, { maxLine, told: (line) => context.notice(line) });
        return new Apply(options, start, context.world ?? machineWorld, context);
      },
    };
  },
};
