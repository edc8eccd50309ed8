/**
 * The command line: arguments in, one exit code out. What it serves with is loaded only when it is
 * going to serve, so that `--help` and a slip of the keyboard are answered at once.
 */
import type { CommandFault } from "./options/command-line.ts";
import { readCommand } from "./control/settings-file.ts";
import { VERSION } from "./version.ts";

/** Where the command line writes; `process.stdout` and `process.stderr` fit. */
export interface CommandOutput {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/**
 * Runs the command.
 * @param argv - the words after the program's name.
 * @param env - the environment that settings may come from.
 * @returns the exit code: 0 done, 1 wrong settings, 2 no application named, 3 a worker can't boot,
 * 4 the application can't be imported.
 */
export async function main(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output: CommandOutput = process,
): Promise<number> {
  if (argv[0] === "dev-cert") return makeDevCertificate(argv.slice(1), output);
  const command = await readCommand(argv, env);
  switch (command.kind) {
    case "help":
      output.stdout.write(command.text);
      return 0;
    case "print":
      output.stdout.write(command.text);
      return 0;
    case "version":
      output.stdout.write(`wizgy ${VERSION}\n`);
      return 0;
    case "fault":
      output.stderr.write(renderFault(command));
      return command.exitCode;
    case "serve": {
      const { serve } = await import("./server.ts");
      return serve(command.settings, () => readCommand(argv, env));
    }
    case "reload": {
      const { reloadServer } = await import("./control/reload-command.ts");
      const { text, exitCode } = await reloadServer(command.settings, command.site);
      (exitCode === 0 ? output.stdout : output.stderr).write(text);
      return exitCode;
    }
    case "check": {
      const { checkConfig } = await import("./server.ts");
      return checkConfig(command.settings);
    }
  }
}

async function makeDevCertificate(
  words: readonly string[],
  output: CommandOutput,
): Promise<number> {
  const { writeDevCertificate } = await import("./tls/dev-certificate.ts");
  const { text, exitCode } = writeDevCertificate(words, process.cwd(), new Date());
  (exitCode === 0 ? output.stdout : output.stderr).write(text);
  return exitCode;
}

function renderFault(fault: CommandFault): string {
  return `wizgy: ${fault.message}\n`;
}
