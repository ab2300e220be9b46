import { Buffer } from 'node:buffer';
import type { Chance } from './chance.ts';
import { GrowingLog } from './growing-log.ts';
import type { Input } from './input.ts';

/** The lines of one log in two, each of which grows for itself, so that now one is behind and now the other. */
export class TwoLogs implements Input {
  readonly #logs: readonly GrowingLog[];
  readonly #chance: Chance;

  /** @param names of the two logs @param pieces about how many each is written in */
  constructor(
    folder: string,
    names: readonly [string, string],
    whole: Buffer,
    pieces: number,
    chance: Chance,
  ) {
    this.#chance = chance;
    const parts: string[][] = [[], []];
    for (const line of whole.toString('utf8').split(/(?<=\n)/)) chance.of(parts).push(line);
    this.#logs = names.map(
      (name, log) => new GrowingLog(folder, name, Buffer.from(parts[log]!.join('')), pieces, chance),
    );
  }

  get complete(): boolean {
    return this.#logs.every(({ complete }) => complete);
  }

  get size(): number {
    return Math.min(...this.#logs.map(({ size }) => size));
  }

  grow(): void {
    for (const log of this.#logs) if (this.#chance.one(0.7)) log.grow();
  }

  rotate(): void {
    this.#chance.of(this.#logs).rotate();
  }

  finish(): void {
    for (const log of this.#logs) log.finish();
  }

  writeWhole(folder: string): void {
    for (const log of this.#logs) log.writeWhole(folder);
  }
}
