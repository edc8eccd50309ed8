/**
 * docs/conformance.md from the results of the servers: rule, how strongly it is asked for, and what
 * came out. The rows are the rules of the newest run of our own server.
 */
import type { Outcome, Rule, RuleResult } from "./rules.ts";

/** What one run of the suite on one server gave. */
export interface ServerResults {
  /** As `--target` takes it. */
  readonly server: string;
  readonly title: string;
  readonly version: string;
  /** "CPython 3.11.7" */
  readonly python: string;
  /** "2026-11-21" */
  readonly date: string;
  readonly results: readonly Omit<RuleResult, "reason" | "started">[];
}

const WORDS: Readonly<Record<Outcome, string>> = {
  holds: "yes",
  fails: "**no**",
  "not offered": "not offered",
  "not tried": "not tried",
};

/** What tells one rule from another. */
export function keyOf(rule: Rule): string {
  return `${rule.item} ${rule.heading}: ${rule.sentence}`;
}

/**
 * The page.
 * @param ours - rows come from here.
 * @param others - a column each.
 * @param commandOf - how one of them was started; null when it isn't known.
 */
export function renderPage(
  ours: ServerResults,
  others: readonly ServerResults[],
  commandOf: (server: string) => string | null,
): string {
  const servers = [ours, ...others];
  const outcomes = servers.map(
    ({ results }) => new Map(results.map((result) => [keyOf(result), result.outcome])),
  );
  const rows = ours.results.map((rule) => {
    const cells = outcomes.map((map) => {
      const outcome = map.get(keyOf(rule));
      return outcome === undefined ? "not tried" : WORDS[outcome];
    });
    return row([String(rule.item), rule.level, `${rule.heading}: ${rule.sentence}`, ...cells]);
  });
  const titles = servers.map(({ title }) => title);
  return `${introduction()}
## Servers

${serverTable(servers, outcomes, ours)}
${commands(others, commandOf)}## Rules

${row(["Item", "Level", "Rule", ...titles])}${row(["--:", ...Array<string>(titles.length + 2).fill("---")])}${rows.join("")}`;
}

function introduction(): string {
  return `# Conformance to PEP 3333

Written by \`npm run conformance\` from the results of \`test/pep3333/\`; not by hand. Each row is a test of that folder, run on the
real server over a socket. With \`npm run conformance -- --target NAME\` the same conversations are held with another server, each
with the flags that come closest to what the rule needs (\`test/pep3333/foreign-servers.ts\`); its column stays until it is run again
and comes up for at least one rule.

Level: MUST, SHOULD and MAY are the PEP's words; "derived" follows from them or from HTTP; "practice" isn't in the PEP, but
applications rely on it. "yes": the rule held, and the server still answered afterwards. "not offered": the server has no
such configuration or feature. "not tried": the rule is about something that a socket doesn't show, or is newer than the run.

A server may break a rule on purpose, and be right for what it is made for: this page says what happens, not what is good. Where
several rules would fail for one cause, only the rule about the cause asks for it. A server that ends its answers by ending the
connection can't show that an answer was cut: that isn't held against it.
`;
}

function serverTable(
  servers: readonly ServerResults[],
  outcomes: readonly ReadonlyMap<string, Outcome>[],
  ours: ServerResults,
): string {
  const count = (map: ReadonlyMap<string, Outcome>, outcome: Outcome, level?: string): string =>
    String(
      ours.results.filter(
        (rule) => map.get(keyOf(rule)) === outcome && (level === undefined || rule.level === level),
      ).length,
    );
  const head = [
    "Server",
    "Version",
    "Python",
    "Run on",
    "yes",
    "no",
    "of these MUST",
    "not offered",
  ];
  const rows = servers.map(({ title, version, python, date }, i) => {
    const map = outcomes[i] ?? new Map<string, Outcome>();
    const counts = [count(map, "holds"), count(map, "fails"), count(map, "fails", "MUST")];
    return row([title, version, python, date, ...counts, count(map, "not offered")]);
  });
  const rule = ["---", "---", "---", "---", "--:", "--:", "--:", "--:"];
  return row(head) + row(rule) + rows.join("");
}

function commands(
  others: readonly ServerResults[],
  commandOf: (server: string) => string | null,
): string {
  const rows = others.map(({ server, title }) => row([title, `\`${commandOf(server) ?? ""}\``]));
  const text = `
The other servers were started so for most rules; threads, processes and the socket change where a rule needs it:

`;
  return rows.length === 0
    ? "\n"
    : `${text}${row(["Server", "Command"])}${row(["---", "---"])}${rows.join("")}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}
