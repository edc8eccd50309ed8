// The command line of `npm run bench`.

import { parseArgs } from "node:util";

/** What the person asked for. */
export interface BenchArguments {
  readonly task: "measure" | "install" | "page" | "guard" | "help";
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Item ids or their beginnings; empty means all. */
  readonly items: readonly string[];
  /** Server ids; empty means the default ones; `all` means all. */
  readonly servers: readonly string[];
  /** A git revision of ours to compare with; null for the rivals. */
  readonly against: string | null;
  readonly save: boolean;
  /** The interpreter that `--install` makes the environment from; null for `python3`. */
  readonly python: string | null;
}

/** A wrong command line, in a sentence. */
export class ArgumentFault extends Error {}

export const usage = `npm run bench -- [OPTIONS]

  --install            make the bench environment (.venv-bench) with the rivals, then stop
  --python PATH        with --install: the interpreter to make it from (python3)
  --rounds N           rounds over all items and servers (3)
  --seconds N          length of one measurement in seconds (3)
  --warm-up N          seconds of load before it that are thrown away (1)
  --only-items A,B     only items whose name begins so, such as hello, hello-c64, post, flask
                       (docs/performance.md lists them)
  --servers A,B|all    ceiling, wizgy, granian, fastpysgi, bjoern, uwsgi, gunicorn; only when
                       named: wizgy-gevent, gunicorn-gevent, mod-wsgi, waitress, cheroot
  --against REVISION   compare this working tree with another revision of Wizgy instead
  --guard              compare this working tree with --against (HEAD~1) and the ceiling, briefly;
                       ends with 1 when it is clearly slower
  --save               write the figures to bench/results/, and the pages that are made from them
  --page               only write these pages again
  --help               this text`;

/**
 * Reads the command line.
 *
 * @throws ArgumentFault on an unknown option or a value that is out of range.
 */
export function parseBenchArguments(argv: readonly string[]): BenchArguments {
  const values = readValues(argv);
  return {
    task: taskOf(values),
    rounds: wholeNumber("--rounds", values.rounds, 3, 1),
    seconds: wholeNumber("--seconds", values.seconds, 3, 1),
    warmUpSeconds: wholeNumber("--warm-up", values["warm-up"], 1, 0),
    items: list(values["only-items"]),
    servers: list(values.servers),
    against: values.against ?? null,
    save: values.save === true,
    python: values.python ?? null,
  };
}

function readValues(argv: readonly string[]): {
  help?: boolean;
  install?: boolean;
  save?: boolean;
  page?: boolean;
  guard?: boolean;
  rounds?: string;
  seconds?: string;
  "warm-up"?: string;
  "only-items"?: string;
  servers?: string;
  against?: string;
  python?: string;
} {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        help: { type: "boolean" },
        install: { type: "boolean" },
        save: { type: "boolean" },
        page: { type: "boolean" },
        guard: { type: "boolean" },
        rounds: { type: "string" },
        seconds: { type: "string" },
        "warm-up": { type: "string" },
        "only-items": { type: "string" },
        servers: { type: "string" },
        against: { type: "string" },
        python: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new ArgumentFault(error instanceof Error ? error.message : String(error));
  }
}

function taskOf(values: ReturnType<typeof readValues>): BenchArguments["task"] {
  if (values.help === true) return "help";
  if (values.install === true) return "install";
  if (values.page === true) return "page";
  return values.guard === true ? "guard" : "measure";
}

function list(value: string | undefined): readonly string[] {
  return (value ?? "").split(",").filter((name) => name !== "");
}

function wholeNumber(
  flag: string,
  text: string | undefined,
  fallback: number,
  least: number,
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= 3600) return value;
  throw new ArgumentFault(`${flag} takes a whole number from ${least} to 3600, not "${text}".`);
}
