import { resolve } from "node:path";
import { Command } from "commander";
import { resolveOptions } from "../producer/plan/resolve-options.js";
import { parseTarget } from "../program/target.js";
import type { ScheduleBook, ScheduledSubmission, ScheduleStanding } from "../queue/schedule.js";
import { openSchedules } from "../run/open-queue.js";
import { UserError } from "../shared/errors.js";
import { settleMethod } from "../shared/options/method-options.js";
import { runOptionsOf } from "../shared/options/option-shapes.js";
import { namesIn, optionOf } from "../shared/options/option-values.js";
import { type Context, EXIT, print } from "./context.js";
import { addRunOptions, type ScheduleFlags, type SubmitFlags, submitOption } from "./options.js";

/** `jac schedule add`: makes a submission again and again, by cron. */
export async function addSchedule(
  name: string,
  args: readonly string[],
  flags: ScheduleFlags,
  context: Context,
): Promise<number> {
  if (!/^[\w.-]{1,64}$/.test(name)) {
    throw new UserError(
      `the schedule's name ${JSON.stringify(name)} may hold letters, digits, . _ and - only`,
    );
  }
  const submission = parseSubmission(args);
  return await withBook(flags, context, async (book) => {
    const { next } = await book.add({ name, cron: flags.cron ?? "", tz: flags.tz ?? "UTC", submission });
    print(context.stdout, `schedule ${name}: ${submission.series}, next at ${next}`);
    return EXIT.done;
  });
}

/** `jac schedule list`: the schedules, what came of their last times, and those that no worker has taken. */
export async function listSchedules(flags: ScheduleFlags, context: Context): Promise<number> {
  return await withBook(flags, context, async (book) => {
    const standings = await book.list();
    if (flags.json === true) print(context.stdout, JSON.stringify(standings));
    else if (standings.length === 0) print(context.stderr, "jac: no schedules on this queue");
    else for (const standing of standings) describe(standing, context);
    return EXIT.done;
  });
}

/** `jac schedule remove`. */
export async function removeSchedule(name: string, flags: ScheduleFlags, context: Context): Promise<number> {
  return await withBook(flags, context, async (book) => {
    if (!(await book.remove(name)))
      throw new UserError(`there is no schedule ${name}; jac schedule list shows those there are`);
    print(context.stdout, `schedule ${name}: removed`);
    return EXIT.done;
  });
}

async function withBook(
  flags: ScheduleFlags,
  context: Context,
  operation: (book: ScheduleBook) => Promise<number>,
): Promise<number> {
  if (!flags.queue) {
    throw new UserError("schedules live on a queue: give --queue redis://HOST:PORT, or set JAC_QUEUE_URL");
  }
  const book = await openSchedules(flags.queue, (line) => print(context.stderr, `jac: ${line}`));
  try {
    return await operation(book);
  } finally {
    await book.close();
  }
}

function describe({ schedule, next, firings }: ScheduleStanding, context: Context): void {
  const { name, cron, tz, submission } = schedule;
  const overdue = next !== null && Date.parse(next) < Date.now() - 5000;
  const when = overdue ? `overdue since ${next}: no worker has taken it` : `next ${next ?? "never"}`;
  print(context.stdout, `${name}  ${cron} (${tz})  ${when}  ${submission.series}`);
  for (const { planned, fired, result, run, reason } of firings.slice(0, 5)) {
    const late = fired === null ? 0 : Math.round((Date.parse(fired) - Date.parse(planned)) / 1000);
    const parts = [result, run, late > 60 ? `${late} s late` : null, reason].filter((part) => part !== null);
    print(context.stdout, `  ${planned}  ${parts.join(", ")}`);
  }
}

/** The words after `--`, as those of `jac submit`. Paths become absolute: a worker elsewhere makes the submission. */
function parseSubmission(args: readonly string[]): ScheduledSubmission {
  let parsed: ScheduledSubmission | null = null;
  addRunOptions(new Command("jac schedule add … --"))
    .argument("<series>")
    .addOption(submitOption("out"))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .action((series: string, flags: SubmitFlags) => {
      const { out, ...given } = flags;
      const options = Object.fromEntries(
        namesIn("schedule").flatMap((name) => {
          const value = given[name];
          if (value === undefined) return [];
          return [[name, optionOf(name).kind.isPath?.(String(value)) ? resolve(String(value)) : value]];
        }),
      );
      const resolved = resolveOptions(options, {});
      parseTarget(resolved.target); // refused now rather than at night
      settleMethod(runOptionsOf(resolved));
      parsed = { series: resolve(series), out: out.includes("://") ? out : resolve(out), options };
    })
    .parse([...args], { from: "user" });
  if (parsed === null)
    throw new UserError("give what to submit after --, as in: -- dataset.xlsx --model model.h5");
  return parsed;
}
