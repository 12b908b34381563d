import { type Command, Option } from "commander";
import { MAX_STARTS } from "../queue/run-queue.js";
import type { Context } from "./context.js";
import {
  addRunOptions,
  address,
  count,
  jsonOption,
  queueOption,
  type RunFlags,
  type ScheduleFlags,
  type ServeFlags,
  type SubmitFlags,
  submitOption,
  type VerifyFlags,
  type WorkerFlags,
} from "./options.js";

const SUBMIT_EXAMPLES = `
Examples:
  jac submit demo/weather.xlsx
      the model and scaler that jac.config.json beside it names; the run's folder in jac-runs/
  jac submit sales.csv --model forecast.keras --columns price,volume --missing interpolate
  jac submit sales.csv --model forecast.keras --target layer:lstm --precision float64
  jac submit sales.csv --model forecast.keras --queue redis://10.0.0.5:6379 --detach
      leaves the work to processes started with: jac worker --queue redis://10.0.0.5:6379

Exit codes: 0 done; 1 failed or partial; 2 bad usage or input; 3 the queue cannot be reached; 130 interrupted.`;

const WORKER_EXAMPLES = `
Example:
  jac worker --queue redis://10.0.0.5:6379 --workers 8

Stop it with Ctrl-C or SIGTERM: it ends, or puts back, the chunks it has.`;

const SERVE_NOTES = `
/ is the page of runs, /board/ the jobs (read-only without --manage), /metrics for Prometheus, /healthz and /readyz for
probes. All but the probes want the token: $JAC_TOKEN, or the one that is printed, as ?token=… or Authorization: Bearer.`;

const VERIFY_NOTES = `
The sample is the same each time. Its windows are computed in float64 by the plain definition of each operation, and
some of them held against central differences of the model itself. What is stored may differ by 1e-9 of a window's
largest derivative (float32: 1e-4), and by more only where rounding decides the side of a corner (relu, max): a kink.

Exit codes: 0 all is as it should be; 1 a file, or a number in it, is not; 2 bad usage.`;

const SCHEDULE_EXAMPLES = `
Example:
  jac schedule add nightly --cron "0 2 * * *" --tz Europe/Berlin --queue redis://10.0.0.5:6379 -- /data/sales.xlsx --model /data/forecast.keras

A worker of the queue makes the submission: it must see the files under the same paths. A series that has not changed
since does nothing; while the run before goes on, nothing is submitted.`;

/** Each chunk at work holds its rows and results in memory, and they share the worker's threads. */
const MAX_CONCURRENCY = 64;

/**
 * The sub-commands of jac, in the order in which --help lists them. What a command does is loaded when it is called.
 * `exit` takes its exit code.
 */
export function registerCommands(program: Command, context: Context, exit: (code: number) => void): void {
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).option("--debug", "show the stack of an error");
  const onRun = (name: string, description: string): Command =>
    command(name, description)
      .argument("<run>", "a run's id, or the path of its folder")
      .addOption(submitOption("out"));

  addRunOptions(program.command("submit").description("compute the Jacobians of a model over a series"))
    .argument("<series>", ".xlsx, .csv, .parquet, .arrow or .feather")
    .addOption(submitOption("out"))
    .addOption(queueOption(context))
    .addOption(submitOption("workers"))
    .addOption(submitOption("detach"))
    .addOption(jsonOption())
    .option("--debug", "show the time of each phase, and the stack of an error")
    .addHelpText("after", SUBMIT_EXAMPLES)
    .action(async (series: string, flags: SubmitFlags) =>
      exit(await (await import("./submit.js")).submit(series, flags, context)),
    );

  command("worker", "take chunks from a queue and compute them, until stopped")
    .addOption(queueOption(context))
    .addOption(submitOption("workers", { help: "threads that compute", otherwise: "one per core" }))
    .addOption(
      new Option("--concurrency <n>", "chunks at work at once")
        .argParser(count(1, MAX_CONCURRENCY))
        .default(2),
    )
    .addOption(
      new Option("--grace <s>", "seconds to end its chunks when stopped").argParser(count(0)).default(30),
    )
    .addOption(
      new Option("--max-starts <n>", "times a chunk may end its worker's process before it is given up")
        .argParser(count(1))
        .default(MAX_STARTS),
    )
    .addOption(
      new Option("--listen <[host:]port>", "answer /healthz and /readyz there (host: 127.0.0.1)").argParser(
        address,
      ),
    )
    .addHelpText("after", WORKER_EXAMPLES)
    .action(async (flags: WorkerFlags) => exit(await (await import("./worker.js")).work(flags, context)));

  command("list", "list the runs of a folder")
    .addOption(submitOption("out"))
    .addOption(jsonOption())
    .action(async (flags: RunFlags) => exit(await (await import("./list.js")).list(flags, context)));

  onRun("show", "show a run: inputs, options, plan, how it stands")
    .addOption(queueOption(context))
    .option("--program", "print the program that the engines execute")
    .addOption(jsonOption())
    .action(async (run: string, flags: RunFlags) =>
      exit(await (await import("./show.js")).show(run, flags, context)),
    );

  onRun("watch", "follow a run until it ends")
    .addOption(queueOption(context))
    .addOption(jsonOption())
    .action(async (run: string, flags: RunFlags) =>
      exit(await (await import("./watch.js")).watch(run, flags, context)),
    );

  onRun("cancel", "cancel a run, wherever its chunks are being computed")
    .addOption(queueOption(context))
    .action(async (run: string, flags: RunFlags) =>
      exit(await (await import("./cancel.js")).cancel(run, flags, context)),
    );

  onRun("resume", "go on with a run from its folder: computes the chunks that are missing")
    .addOption(queueOption(context))
    .addOption(submitOption("workers"))
    .addOption(jsonOption())
    .action(async (run: string, flags: RunFlags) =>
      exit(await (await import("./resume.js")).resume(run, flags, context)),
    );

  const schedule = program
    .command("schedule")
    .description("submit again and again, by cron, on a queue's workers");
  const onSchedule = (name: string, description: string): Command =>
    schedule
      .command(name)
      .description(description)
      .addOption(queueOption(context))
      .option("--debug", "show the stack of an error");
  onSchedule("add", "add a schedule, or replace the one of that name")
    .argument("<name>", "what to call it")
    .argument("[submission...]", "after --, the series and options of jac submit")
    .requiredOption("--cron <pattern>", "minute hour day month weekday")
    .option("--tz <zone>", "the pattern's time zone", "UTC")
    .addHelpText("after", SCHEDULE_EXAMPLES)
    .action(async (name: string, submission: string[], flags: ScheduleFlags) =>
      exit(await (await import("./schedule-commands.js")).addSchedule(name, submission, flags, context)),
    );
  onSchedule("list", "list the schedules and what came of their last times")
    .addOption(jsonOption())
    .action(async (flags: ScheduleFlags) =>
      exit(await (await import("./schedule-commands.js")).listSchedules(flags, context)),
    );
  onSchedule("remove", "remove a schedule")
    .argument("<name>")
    .action(async (name: string, flags: ScheduleFlags) =>
      exit(await (await import("./schedule-commands.js")).removeSchedule(name, flags, context)),
    );

  command("serve", "serve a page of the queue's runs, its jobs and metrics, until stopped")
    .addOption(queueOption(context))
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .addOption(new Option("--port <n>", "0: any free one").argParser(count(0, 65535)).default(8700))
    .option("--manage", "let the jobs' page retry and remove jobs")
    .addHelpText("after", SERVE_NOTES)
    .action(async (flags: ServeFlags) => exit(await (await import("./serve.js")).serve(flags, context)));

  onRun("report", "write a run's summary and report anew, of the chunks that are there")
    .addOption(jsonOption())
    .action(async (run: string, flags: RunFlags) =>
      exit(await (await import("./report.js")).report(run, flags, context)),
    );

  onRun("verify", "check every file of a run against its record, and compute a sample of its windows again")
    .addOption(
      new Option(
        "--sample <n>",
        "windows to compute again (default: 64, fewer where they take long)",
      ).argParser(count(0)),
    )
    .addOption(jsonOption())
    .addHelpText("after", VERIFY_NOTES)
    .action(async (run: string, flags: VerifyFlags) =>
      exit(await (await import("./verify.js")).verify(run, flags, context)),
    );
}
