const WARM_UP = 15; // rounds until the state's words have mixed, as its author has it

/**
 * Standard normal numbers: a stream for each sample of each window, so that a window's noise is its own wherever and
 * whenever it is computed. Chris Doty-Humphrey's sfc32, whose state of 128 bits begins as (seed, window, sample, 1), and
 * Box & Muller's transform.
 */
export function normalNoise(seed: number, window: bigint, sample: number): () => number {
  let a = seed | 0;
  let b = Number(BigInt.asIntN(32, window));
  let c = sample | 0;
  let counter = 1;
  const word = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < WARM_UP; round++) word();
  const uniform = () => (word() + 0.5) / 2 ** 32; // never 0
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
