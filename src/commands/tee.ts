import { Tee } from '../operators/tee.ts';
import { branchPlaces, PLACE } from './places.ts';
import type { CommandSpec } from './spec.ts';

export const teeCommand: CommandSpec = {
  name: 'tee',
  summary: 'pass the stream on, and copy it to files and other pipes',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  description: [
    'Passes the stream on as it is, and writes the same to each PLACE as a stream of its own: header, events, watermarks, end. A place is a file, which `tm source --format stream` reads; or a FIFO or `>(COMMAND)` of bash, where COMMAND reads it live with any command of tm.',
    'The file of a stream that ends appears at once and whole when the stream is complete, and replaces what was there; that of a stream without end grows in place. A FIFO is waited for until somebody reads it. Where the line is refused, or ends before the stream has begun, who reads the FIFO within three seconds is shown that nothing comes, and exits with 3.',
    'All branches go at the pace of the slowest: little more than what a pipe holds is kept. Who reads one of them to its end before it begins with another waits for ever, therefore.',
    'A branch whose reader closes gets nothing more, and the others go on; its reader knows why. When the reader of standard output closes, the work is over, as with every command; `> /dev/null` keeps it going. In a pipe, what COMMAND in `>(COMMAND)` writes to standard output goes down that pipe: let it write to a file, or add `>&2`. The shell does not wait for COMMAND nor has it its exit code: what it writes may come after the line has ended.',
    'Where the source keeps state (tm source --state) a branch is a file, which has each event exactly once, whenever the pipe was killed. A FIFO or `>(COMMAND)` is refused then; a branch that is merged again in the text of tm run is no file.',
  ],
  arguments: [
    {
      name: 'PLACE',
      help: 'a file, a FIFO, or >(COMMAND)',
      required: true,
      variadic: true,
    },
  ],
  options: [],
  kinds: [],
  examples: [
    {
      title: 'results, and the events that they were made of, to look at later',
      command:
        'tm source access.log --format combined | tm tee events.stream | tm combine --by status n=count | tm sink',
    },
    {
      title: 'two results of one reading',
      command:
        'tm source access.log --format combined | tm tee >(tm combine --by host n=count | tm sink hosts.csv) | tm combine --by status n=count | tm sink',
    },
  ],
  placesIn: (words) => words,
  build({ arguments: places }) {
    const branches = branchPlaces(places.map((place) => PLACE.parse(place)));
    return {
      role: 'operator',
      sides: new Map(),
      branches: { places: branches, whenClosed: 'drop' },
      create: (context) => new Tee(branches.size, context),
    };
  },
};
