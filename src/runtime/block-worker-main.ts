import { parentPort, workerData } from 'node:worker_threads';
import type { BlockOrders, BlockQuestion } from './block-messages.ts';
import { BlockWorker } from './block-worker.ts';

// The thread of a block worker: dist/block-worker.js.

const worker = await BlockWorker.open(workerData as BlockOrders, (answer, transfer) =>
  parentPort!.postMessage(answer, transfer),
);
parentPort!.on('message', (question: BlockQuestion) => worker.ask(question));
