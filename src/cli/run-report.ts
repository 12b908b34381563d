import type { Outcome } from "../run/execute-run.js";
import { messageOf, UserError } from "../shared/errors.js";
import { failedWindows, type Manifest } from "../shared/manifest.js";
import type { Phases } from "../shared/phases.js";
import type { RunFolder } from "../shared/run-folder.js";
import type { Summary } from "../statistics/summary.js";
import { type Context, EXIT, print } from "./context.js";

/** How a command that waits for a run ended. */
export interface Ending {
  readonly run: string;
  readonly folder: RunFolder;
  readonly outcome: Outcome | { readonly kind: "detached"; readonly manifest: Manifest };
  /** The run had ended before this command. */
  readonly already: boolean;
  readonly seconds: number;
  readonly phases: Phases;
}

/** Tells how a run ended, to a person or (`json`) to a program, and what the exit code is. */
export async function reportEnding(
  ending: Ending,
  json: boolean,
  debug: boolean,
  context: Context,
): Promise<number> {
  const { run, folder, outcome, already, seconds, phases } = ending;
  const manifest = "manifest" in outcome ? outcome.manifest : null;
  const status = manifest === null || outcome.kind === "detached" ? statusOf(outcome) : manifest.status;
  if (debug) {
    for (const [phase, time] of Object.entries(phases.toJSON()))
      print(context.stderr, `${phase.padEnd(10)}${time.toFixed(3).padStart(9)} s`);
  }
  if (json) {
    const object = {
      run,
      dir: folder.location,
      status,
      already,
      windows: manifest?.windows ?? 0,
      planned: manifest?.plan.count ?? null,
      skipped: manifest?.plan.skipped ?? null,
      chunks: manifest?.chunks ?? null,
      failed: manifest?.failed ?? [],
      error: outcome.kind === "lost" ? outcome.reason : (manifest?.error ?? null),
      engine: manifest?.engine ?? null,
      report: status === "done" || status === "partial" ? `${folder.location}/report.html` : null,
      seconds: Number(seconds.toFixed(3)),
      phases: phases.toJSON(),
    };
    print(context.stdout, JSON.stringify(object));
  } else if (manifest !== null && outcome.kind === "ended") {
    await describe(ending, manifest, context);
  }
  return explain(ending, manifest, context);
}

function statusOf(outcome: Ending["outcome"]): string {
  return outcome.kind === "detached" ? "running" : outcome.kind;
}

/** The lines on stderr about what went wrong, and the exit code. */
function explain({ run, folder, outcome }: Ending, manifest: Manifest | null, context: Context): number {
  switch (outcome.kind) {
    case "interrupted":
      print(
        context.stderr,
        `jac: interrupted; the same command, or jac resume ${run}, goes on from the chunks in ${folder.location}`,
      );
      return EXIT.interrupted;
    case "lost":
      print(context.stderr, `jac: run ${run} stands still: ${outcome.reason}; go on with jac resume ${run}`);
      return EXIT.failed;
    case "detached":
      print(context.stderr, `jac: run ${run} is enqueued; see it with jac watch ${run}`);
      return EXIT.done;
    case "ended":
      break;
  }
  switch (manifest?.status) {
    case "done":
      return EXIT.done;
    case "partial":
      print(
        context.stderr,
        `jac: run ${run} is partial: ${failedWindows(manifest)}; try again with jac resume ${run}`,
      );
      return EXIT.failed;
    case "cancelled":
      print(context.stderr, `jac: run ${run} was cancelled; go on with jac resume ${run}`);
      return EXIT.failed;
    default:
      print(context.stderr, `jac: run ${run} failed: ${manifest?.error ?? "for no stated reason"}`);
      return EXIT.failed;
  }
}

async function describe(
  { run, folder, already, seconds }: Ending,
  manifest: Manifest,
  context: Context,
): Promise<void> {
  const say = (line: string): void => print(context.stdout, line);
  if (manifest.status === "done" || manifest.status === "partial") {
    const { formatSummary } = await import("../reducer/format-summary.js");
    say(formatSummary(await readSummary(run, folder)));
  }
  const { windows, plan, chunks } = manifest;
  const skipped = plan.skipped > 0 ? `, ${plan.skipped} skipped for empty cells` : "";
  const when = already ? "had been computed before" : `in ${seconds.toFixed(1)} s`;
  const counts = `${counted(windows, "window")}${skipped}, ${counted(chunks, "chunk")}`;
  say(`run ${run}: ${manifest.status}, ${counts}, ${when}`);
  say(`folder ${folder.location}`);
  if (manifest.status === "done" || manifest.status === "partial")
    say(`report ${folder.location}/report.html`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

async function readSummary(run: string, folder: RunFolder): Promise<Summary> {
  try {
    return JSON.parse(Buffer.from(await folder.read("summary.json")).toString("utf8"));
  } catch (cause) {
    throw new UserError(
      `${folder.location}/summary.json cannot be read (${messageOf(cause)}); jac report ${run} writes it anew`,
      { cause },
    );
  }
}
