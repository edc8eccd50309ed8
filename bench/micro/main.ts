// `npm run bench:micro [-- NAME ...]`: what one operation of each clever part costs, beside its plain twin. Each is
// a program of its own, so that none is compiled for what another one did before.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Programs of this folder, in the order of a request's way: `.ts` ones are run by Node.js, `.py` ones by Python. */
export const PROGRAMS: readonly string[] = [
  "request-parser.ts",
  "field-memo.ts",
  "environ-encode.ts",
  "queue.ts",
  "number-table.ts",
  "frame-codec.ts",
  "frame_codec.py",
  "environ_decode.py",
  "response_head.py",
  "response-head.ts",
  "buffer-pool.ts",
  "read-memory.ts",
];

/** @returns the exit code: 0, 1 when a program failed, 2 for a name that none has. */
export function main(argv: readonly string[], root: string): number {
  const unknown = argv.find((name) => !PROGRAMS.some((program) => isNamed(program, name)));
  if (unknown !== undefined) {
    const known = PROGRAMS.map((program) => program.replace(/\.\w+$/, "")).join(", ");
    process.stderr.write(`There is no micro-bench "${unknown}". There are: ${known}.\n`);
    return 2;
  }
  const chosen = PROGRAMS.filter(
    (program) => argv.length === 0 || argv.some((name) => isNamed(program, name)),
  );
  return chosen.every((program) => run(program, root)) ? 0 : 1;
}

/** By its file, with or without what says its language; hyphens and underscores are the same. */
function isNamed(program: string, name: string): boolean {
  const plain = (text: string): string => text.replace(/\.\w+$/, "").replaceAll("_", "-");
  return name.includes(".") ? program === name : plain(program) === plain(name);
}

function run(program: string, root: string): boolean {
  const [file, script] = program.endsWith(".py")
    ? [python(root), join(root, "bench", "micro", program)]
    : [process.execPath, join(import.meta.dirname, program.replace(/\.ts$/, ".js"))];
  const { status, error } = spawnSync(file, [script], { stdio: "inherit" });
  if (error !== undefined) process.stderr.write(`${program}: ${error.message}\n`);
  return status === 0;
}

/** The one that PYTHON names, that of the tests, or the system's. */
function python(root: string): string {
  const own = join(root, ".venv", "bin", "python");
  return process.env["PYTHON"] ?? (existsSync(own) ? own : "python3");
}
