import type { BlockLocation } from '../commands/source-blocks.ts';
import type { Given } from '../commands/spec.ts';
import type { CombineTally } from '../operators/combine.ts';
import type { WatermarkState } from '../operators/watermark-state.ts';

/** What a block worker is started with: the stages that it runs, as the command line gave them. */
export interface BlockOrders {
  readonly source: Given;
  readonly window: Given | undefined;
  readonly combine: Given;
}

/** What is asked of a worker. A block is first scanned, then combined or dropped. */
export type BlockQuestion =
  | {
      readonly kind: 'scan';
      readonly block: number;
      /** The file, and bytes [from, to) of it, whole lines. */
      readonly fd: number;
      readonly from: number;
      readonly to: number;
      readonly location: Pick<BlockLocation, 'format' | 'maxLine' | 'delay' | 'every'>;
    }
  | { readonly kind: 'combine'; readonly block: number; readonly state: WatermarkState }
  | { readonly kind: 'drop'; readonly block: number };

/** What a worker answers. */
export type BlockAnswer =
  | ({ readonly kind: 'scanned'; readonly block: number } & BlockScan)
  | {
      readonly kind: 'combined';
      readonly block: number;
      /** The rows of a `PartWriter`. */
      readonly memory: ArrayBuffer;
      readonly tally: CombineTally;
    }
  /** There is something to tell of its events: it is to be read where that is told. */
  | { readonly kind: 'unusual'; readonly block: number }
  /** The block could not be scanned. */
  | { readonly kind: 'failed'; readonly block: number }
  /** The worker has a bug. */
  | { readonly kind: 'broken'; readonly message: string; readonly stack: string | undefined };

/** What is known of a block when its records have been read. */
export interface BlockScan {
  /** Whether there is nothing to tell of its records; a block that is not usual cannot be combined. */
  readonly usual: boolean;
  readonly lines: number;
  /** Those records that have a time. */
  readonly events: number;
  /** The times that are higher than all before them in the block, ms; none where no watermark is wanted. */
  readonly highs: Float64Array<ArrayBuffer>;
}

/** A worker, seen from outside. */
export interface BlockPort {
  ask(question: BlockQuestion): void;
  close(): Promise<void>;
}

/** Starts a worker. It answers in the order in which it was asked. */
export type OpenBlockPort = (
  orders: BlockOrders,
  onAnswer: (answer: BlockAnswer) => void,
) => BlockPort | Promise<BlockPort>;
