import type { LiveChunk, QueueMonitor } from "../queue/redis/queue-monitor.js";
import type { RunRecord } from "../queue/redis/run-records.js";
import type { RunProgress } from "../queue/run-queue.js";
import { type Manifest, readManifest } from "../shared/manifest.js";
import { openFolder } from "../shared/open-folder.js";
import { windowsOf } from "../shared/plan.js";
import type { RunFolder } from "../shared/run-folder.js";
import { chunkAt } from "../shared/run-spec.js";
import type { QueueView, RunView, Trouble } from "./queue-view.js";
import { Rates } from "./rate.js";

const RUNS = 50;
const TROUBLES = 20; // of a run
const ALL = ""; // the rate of all runs

/** Puts together how a queue stands, again and again. */
export class ViewCollector {
  readonly #rates = new Rates();
  /** By run: its manifest, and the standing in which it does not change. */
  readonly #manifests = new Map<string, { readonly standing: string; readonly manifest: Manifest }>();

  constructor(readonly monitor: QueueMonitor) {}

  /** Rejects where the queue is out of reach. */
  async collect(): Promise<QueueView> {
    const { monitor } = this;
    const [counts, age, workers, totals, live, records, schedules] = await Promise.all([
      monitor.counts(),
      monitor.age(),
      monitor.workers(),
      monitor.totals(),
      monitor.live(),
      monitor.runs(RUNS),
      monitor.schedules(),
    ]);
    this.#rates.keep(new Set([ALL, ...records.keys()]));
    for (const name of this.#manifests.keys()) if (!records.has(name)) this.#manifests.delete(name);
    const at = Date.now();
    const rate = this.#rates.sample(ALL, totals.get("windows") ?? 0, at);
    const runs = await Promise.all(
      [...records].map(([run, record]) =>
        this.#runOf(
          run,
          record,
          live.filter((chunk) => chunk.run === run),
        ),
      ),
    );
    return { label: monitor.label, at, counts, age, workers, rate, runs, schedules };
  }

  /** The folder of a run that the queue remembers, or null. */
  async folderOf(run: string): Promise<RunFolder | null> {
    const record = (await this.monitor.runs(RUNS)).get(run);
    return record === undefined ? null : openFolder(record.folder);
  }

  async #runOf(run: string, record: RunRecord, live: readonly LiveChunk[]): Promise<RunView> {
    const manifest = await this.#manifestOf(run, record);
    const ended = hasEnded(record);
    const progress: Standing = ended ? endOf(record) : await this.monitor.progress(run);
    const rate = ended ? null : await this.#rateOf(run);
    const chunks = chunksOf(progress, manifest);
    const windows = manifest && {
      done: ended ? manifest.windows : Math.min(manifest.plan.count, chunks.done * manifest.chunkSize),
      total: manifest.plan.count,
    };
    return {
      run,
      what: manifest && whatOf(manifest),
      submitted: manifest?.submitted ?? null,
      state: manifest?.status === "partial" ? "partial" : progress.state,
      reason: progress.reason ?? (manifest?.error || null),
      chunks,
      windows,
      rate,
      left: rate !== null && rate > 0 && windows !== null ? (windows.total - windows.done) / rate : null,
      troubles: await this.#troublesOf(run, record, manifest, live),
      hasReport: manifest?.status === "done" || manifest?.status === "partial",
    };
  }

  async #rateOf(run: string): Promise<number | null> {
    return this.#rates.sample(run, (await this.monitor.totals(run)).get("windows") ?? 0, Date.now());
  }

  /** What a run's folder says of it; null where it cannot be read from here. */
  async #manifestOf(run: string, record: RunRecord): Promise<Manifest | null> {
    const { folder, flow, state } = record;
    const standing = `${flow} ${state}`;
    const known = this.#manifests.get(run);
    if (known?.standing === standing) return known.manifest;
    const manifest = await Promise.resolve()
      .then(() => readManifest(openFolder(folder)))
      .catch(() => null);
    // The queue may know of an end a little before the folder does, or after.
    if (manifest !== null && (manifest.status !== "running") === hasEnded(record))
      this.#manifests.set(run, { standing, manifest });
    return manifest;
  }

  async #troublesOf(
    run: string,
    record: RunRecord,
    manifest: Manifest | null,
    live: readonly LiveChunk[],
  ): Promise<Trouble[]> {
    const windows = (chunk: number | null): string | null => {
      if (manifest === null || chunk === null) return null;
      const covered = windowsOf(manifest.plan, chunkAt(manifest, chunk));
      return `${covered[0]} to ${covered.at(-1)}`;
    };
    const retrying = live
      .filter(({ reason }) => reason !== null)
      .map(({ chunk, reason }) => ({ chunk, state: "retrying", reason: reason ?? "" }) as const);
    const failures: ReadonlyMap<number, string> = hasEnded(record)
      ? new Map(manifest?.failed.map(({ index, reason }) => [index, reason]))
      : await this.monitor.failures(run, record.flow);
    const givenUp = [...failures].map(([chunk, reason]) => ({ chunk, state: "given up", reason }) as const);
    return [...givenUp, ...retrying]
      .slice(0, TROUBLES)
      .map((trouble) => ({ ...trouble, windows: windows(trouble.chunk) }));
  }
}

type Standing = Pick<RunProgress, "state" | "done" | "failed" | "total" | "reason">;
type EndedRecord = RunRecord & { readonly state: "done" | "failed" | "cancelled" };

function hasEnded(record: RunRecord): record is EndedRecord {
  const { state } = record;
  return state === "done" || state === "failed" || state === "cancelled";
}

/** What the queue would say of an ended run, without asking it again. */
function endOf({ state, total, reason }: EndedRecord): Standing {
  return { state, done: state === "done" ? total : 0, failed: 0, total, reason };
}

/** Of all the run's chunks: those that were committed before it was enqueued are done. */
function chunksOf({ done, failed, total, state }: Standing, manifest: Manifest | null): RunView["chunks"] {
  if (manifest === null) return { done, failed, total };
  const all = manifest.chunks;
  if (manifest.status !== "running")
    return { done: manifest.table.length, failed: manifest.failed.length, total: all };
  if (state === "unknown" || state === "stuck") return { done, failed, total: all };
  return { done: all - total + done, failed, total: all };
}

function whatOf({ inputs, options }: Manifest): string {
  const target = options.target === "output" ? [] : [options.target];
  return [inputs.series.name, inputs.model.name, ...target].join(" · ");
}
