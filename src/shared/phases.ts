/** Where the time of a command goes: seconds by phase, in the order they were entered. */
export class Phases {
  readonly #seconds = new Map<string, number>();

  /** Times an operation, adding to its phase. */
  async time<T>(phase: string, operation: () => T | Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await operation();
    } finally {
      this.add(phase, (performance.now() - started) / 1000);
    }
  }

  add(phase: string, seconds: number): void {
    this.#seconds.set(phase, (this.#seconds.get(phase) ?? 0) + seconds);
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#seconds].map(([phase, value]) => [phase, Number(value.toFixed(4))]));
  }
}
