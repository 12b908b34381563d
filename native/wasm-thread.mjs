// One thread of the WebAssembly engine (src/worker/engine/wasm.ts): its own module and memory, tiles taken from a
// counter that all threads share, results written into shared memory. Plain JavaScript, so that it is the same file
// for the sources and for the build.
import { parentPort, workerData } from "node:worker_threads";

const { module, code, constants, wide, features, steps, auxes, targets } = workerData;
const Results = wide ? Float64Array : Float32Array;
const { exports: kernel } = await WebAssembly.instantiate(module);

/** Room in the kernel's memory. Views onto it are made when used: growing the memory ends older ones. */
function reserve(bytes) {
  const at = kernel.reserve(bytes);
  if (at === 0) throw new Error(`the WebAssembly engine cannot take ${bytes} bytes more`);
  return at;
}

function put(Type, data) {
  const at = reserve(data.byteLength);
  new Type(kernel.memory.buffer, at, data.length).set(data);
  return at;
}

function text(at) {
  const bytes = new Uint8Array(kernel.memory.buffer, at);
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

const wrong = kernel.prepare(
  put(Int32Array, code),
  code.length,
  put(Float64Array, constants),
  constants.length,
  wide,
);
if (wrong !== 0) throw new Error(`the program is damaged: ${text(wrong)}`);
const lanes = kernel.lanes();
const arena = reserve(kernel.arenaBytes());
const starts = reserve(4 * lanes);
const aux = reserve(8 * lanes * auxes);
const predictions = targets.map(({ m }) => reserve(Results.BYTES_PER_ELEMENT * lanes * m));
const jacobians = targets.map(({ m, n }) => reserve(Results.BYTES_PER_ELEMENT * lanes * m * n));
const predictionsAt = put(Uint32Array, Uint32Array.from(predictions));
const jacobiansAt = put(Uint32Array, Uint32Array.from(jacobians));
let rows = { at: 0, capacity: 0 };

/** Rows that the tile's windows cover: only they are copied in. Returns the first of them. */
function loadRows(all, tileStarts) {
  const first = tileStarts.reduce((a, b) => Math.min(a, b));
  const last = tileStarts.reduce((a, b) => Math.max(a, b)) + steps;
  const length = (last - first) * features;
  if (length > rows.capacity) rows = { at: reserve(8 * length * 2), capacity: length * 2 };
  new Float64Array(kernel.memory.buffer, rows.at, length).set(
    all.subarray(first * features, last * features),
  );
  return first;
}

function tile(call, index) {
  const from = index * lanes;
  const own = call.starts.subarray(from, from + lanes);
  const first = loadRows(call.rows, own);
  new Int32Array(kernel.memory.buffer, starts, own.length).set(own.map((start) => start - first));
  if (auxes > 0) {
    const values = call.aux.subarray(from * auxes, (from + own.length) * auxes);
    new Float64Array(kernel.memory.buffer, aux, values.length).set(values);
  }
  kernel.tile(arena, rows.at, starts, aux, own.length, predictionsAt, jacobiansAt);
  targets.forEach(({ m, n }, i) => {
    const results = (at, size) => new Results(kernel.memory.buffer, at, own.length * size);
    call.predictions[i].set(results(predictions[i], m), from * m);
    call.jacobians[i].set(results(jacobians[i], m * n), from * m * n);
  });
}

parentPort.on("message", (call) => {
  const [next, cancelled] = [0, 1];
  const tiles = Math.ceil(call.starts.length / lanes);
  for (let i = Atomics.add(call.control, next, 1); i < tiles; i = Atomics.add(call.control, next, 1)) {
    if (Atomics.load(call.control, cancelled) !== 0) break;
    tile(call, i);
  }
  parentPort.postMessage("done");
});
parentPort.postMessage({ lanes });
