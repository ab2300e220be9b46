import type { Item, StreamItem } from './stream.ts';

/** One input while it is merged. */
interface Input {
  readonly items: readonly Item[];
  next: number;
  watermark: number;
  tick: number;
  /** undefined: it has not ended. */
  end: string | undefined;
  idle: boolean;
}

/**
 * What several streams are as one, by watermark: at each line the input with the lowest watermark is next, of equal ones the
 * first. Barriers are left out.
 * @param header of what is merged
 * @param keeps where state is kept, nothing is taken any more when it is the turn of an input that is suspended
 */
export function mergeItems(streams: readonly (readonly Item[])[], header: StreamItem, keeps = false): Item[] {
  const inputs: Input[] = streams.map((items) => ({
    items: items.slice(1),
    next: 0,
    watermark: -Infinity,
    tick: -Infinity,
    end: undefined,
    idle: false,
  }));
  const out: Item[] = [header];
  const told = { watermark: -Infinity, tick: -Infinity, idle: false };
  const isDrained = ({ end, watermark }: Input): boolean => end === 'drained' || watermark === Infinity;

  const counting = (): Input[] => inputs.filter((input) => !isDrained(input) && !input.idle);
  const tellTick = (): void => {
    const ticks = counting()
      .map(({ tick }) => tick)
      .filter((tick) => tick > -Infinity);
    const tick = Math.min(...ticks);
    if (ticks.length > 0 && tick > told.tick) {
      told.tick = tick;
      out.push({ kind: 'tick', time: tick });
    }
  };
  const tellWatermark = (): void => {
    const isComplete = inputs.every(isDrained);
    const watermark =
      counting().length > 0 || isComplete
        ? Math.min(...counting().map((input) => input.watermark))
        : -Infinity;
    if (watermark > told.watermark) {
      told.watermark = watermark;
      out.push({ kind: 'watermark', time: watermark });
    }
  };

  for (;;) {
    const open = inputs.filter(({ end }) => end === undefined);
    if (open.length === 0) break;
    const turns = inputs.filter(({ end }) => end === undefined || (keeps && end === 'suspended'));
    const lowest = Math.min(...turns.map(({ watermark }) => watermark));
    if (turns.find(({ watermark }) => watermark === lowest)!.end !== undefined) break;
    const input = open.find(({ watermark }) => watermark === lowest)!;
    const item = input.items[input.next++]!;
    switch (item.kind) {
      case 'event':
        input.idle = told.idle = false;
        out.push(item);
        break;
      case 'watermark':
        if (item.time <= input.watermark) break;
        input.idle = told.idle = false;
        input.watermark = item.time;
        tellWatermark();
        break;
      case 'tick':
        input.tick = Math.max(input.tick, item.time);
        tellTick();
        break;
      case 'idle':
      case 'end': {
        if (item.kind === 'idle') input.idle = true;
        else {
          input.end = item.reason;
          input.idle = false;
        }
        tellTick();
        tellWatermark();
        const left = inputs.filter(({ end }) => end === undefined);
        if (!told.idle && left.length > 0 && left.every(({ idle }) => idle)) {
          told.idle = true;
          out.push({ kind: 'idle' });
        }
        break;
      }
    }
  }
  const ends = new Set(inputs.map(({ items }) => (items.at(-1) as Extract<Item, { kind: 'end' }>).reason));
  out.push({ kind: 'end', reason: ends.size === 1 ? [...ends][0]! : 'suspended' });
  return out;
}

/** Streams with barriers put into them at the same epochs, each at places of its own. */
export function withBarriers(items: readonly Item[], places: readonly number[]): Item[] {
  const [header, ...rest] = items;
  const end = rest.findIndex(({ kind }) => kind === 'end');
  const at = places.map((place) => place % (end + 1)).sort((a, b) => a - b);
  const all = rest.flatMap((item, index) => [
    ...at.flatMap((place, epoch) =>
      place === index ? [{ kind: 'barrier' as const, epoch: epoch + 1 }] : [],
    ),
    item,
  ]);
  return [header!, ...all];
}
