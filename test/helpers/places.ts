import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root, whatever folder the tests were started in. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export const DEMO = join(ROOT, "demo");
/** The demo's series: 38,265 rows × 5 features, some of them empty. */
export const WEATHER = join(DEMO, "weather.xlsx");
export const DEMO_MODEL = join(DEMO, "EKF-LSTM-1.h5");

/** What was recorded for tests: models, exact results, files of other programs. */
export const FIXTURES = join(ROOT, "test/fixtures");
/** Series as other programs write them, by make_data.py. */
export const DATA = join(FIXTURES, "data");

/** A recorded case as a user would have it: its folder, its series and its model. */
export interface Recorded {
  readonly folder: string;
  readonly series: string;
  readonly model: string;
}

function recorded(name: string): Recorded {
  const folder = join(FIXTURES, "oracle/keras3", name);
  return { folder, series: join(folder, "series.csv"), model: join(folder, "keras3.h5") };
}

/** 24 windows of 20 rows × 5 features, one output: small, and like the demo. */
export const SEED_LSTM = recorded("seed-lstm");
/** 24 windows of 10 rows × 3 features, an output of 2. */
export const GRU = recorded("gru-reset-after");
