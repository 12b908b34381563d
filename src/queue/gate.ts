type Release = () => void;

/** Lets many in together or one alone, in the order they came. */
export class Gate {
  #inside = 0;
  #alone = false;
  readonly #queue: { alone: boolean; enter: () => void }[] = [];

  shared(): Promise<Release> {
    return this.#enter(false);
  }

  exclusive(): Promise<Release> {
    return this.#enter(true);
  }

  #enter(alone: boolean): Promise<Release> {
    return new Promise((resolve) => {
      this.#queue.push({ alone, enter: () => resolve(() => this.#leave()) });
      this.#admit();
    });
  }

  #leave(): void {
    this.#inside -= 1;
    this.#alone = false;
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (this.#alone || (next.alone && this.#inside > 0)) return;
      this.#queue.shift();
      this.#inside += 1;
      this.#alone = next.alone;
      next.enter();
    }
  }
}
