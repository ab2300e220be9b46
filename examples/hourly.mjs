// tm source access.log --format combined --watermark ./hourly.mjs
// Each hour is complete when the next has begun, and five minutes of it have come.
export default class {
  #highest = -Infinity;
  observe(time) {
    if (time > this.#highest) this.#highest = time;
  }
  watermark() {
    const hour = 3_600_000;
    return Math.floor((this.#highest - 300_000) / hour) * hour;
  }
  save() {
    return this.#highest;
  }
  restore(saved) {
    this.#highest = saved;
  }
}
