import { Command, CommanderError } from "commander";
import { messageOf, stackOf, UserError } from "../shared/errors.js";
import { VERSION } from "../shared/version.js";
import { type Context, EXIT, print } from "./context.js";
import { registerCommands } from "./register-commands.js";

/**
 * Runs the command `jac` with these arguments and resolves to its exit code. Errors end here: one line on stderr,
 * the stacks of it and its causes only with --debug.
 */
export async function main(argv: readonly string[], context: Context): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = new Command("jac")
    .description("Exact Jacobians of a trained recurrent network over a whole time series.")
    .version(VERSION, "--version", "the version of jac")
    .helpCommand(false)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: () => undefined, // reported below, with the rest
    });
  registerCommands(program, context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    return report(error, argv.includes("--debug"), context);
  }
}

function report(error: unknown, debug: boolean, context: Context): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done; // --help
    const line =
      error.code === "commander.help" ? "what shall it do? (submit, list, show, …)" : error.message;
    print(context.stderr, `jac: ${line.replace(/^error: /, "").replace(/\s*\n\s*/g, " ")}; see jac --help`);
    return EXIT.usage;
  }
  print(context.stderr, `jac: ${messageOf(error)}`);
  if (debug) print(context.stderr, stackOf(error));
  if (error instanceof UserError) return error.exitCode;
  return context.interrupted.aborted ? EXIT.interrupted : EXIT.failed;
}
