// What `npm run chaos -- --save` found: kept in docs/reliability.json, and shown in docs/reliability.md, which
// scripts/generate-docs.mjs makes of it. So no figure of the page is written by hand, and none can drift.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

import { inRoot } from "./setup/project.mjs";

const KEPT = inRoot("docs", "reliability.json");
const NAMES = { wizgy: "Wizgy", gunicorn: "gunicorn", uwsgi: "uWSGI" };

/** Puts results in the place of what was kept of the same servers and actions. */
export function keepResults(results, versions) {
  const kept = readKept();
  const isNew = ({ title, server }) =>
    results.some((result) => result.title === title && result.server === server);
  const date = new Date().toISOString().slice(0, 10);
  const added = results.map(({ action, title, server, outcome }) => ({
    title,
    wanted: action.wanted,
    server,
    version: versions.get(server),
    date,
    ...shown(outcome),
  }));
  const machine = `${availableParallelism()} CPUs (${cpus()[0]?.model ?? "unknown"}), ${process.platform}, Node.js ${process.versions.node}`;
  const all = [...kept.results.filter((result) => !isNew(result)), ...added];
  // One result a line: a new run is a difference that can be read.
  const lines = all.map((result) => `    ${JSON.stringify(result)}`).join(",\n");
  writeFileSync(
    KEPT,
    `{\n  "machine": ${JSON.stringify(machine)},\n  "results": [\n${lines}\n  ]\n}\n`,
  );
}

function shown(outcome) {
  if (outcome === null) return { offered: false };
  const { faults, ...counts } = outcome;
  return {
    offered: true,
    ...counts,
    runTwice: faults.filter((fault) => / was run \d+ times$/.test(fault)).length,
    // Those of single requests are in the counts.
    remarks: faults.filter((fault) => !/^(?:c\d+ |wrong answer |502 for c\d+)/.test(fault)),
  };
}

export function readKept() {
  try {
    return JSON.parse(readFileSync(KEPT, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return { machine: "", results: [] };
    throw error;
  }
}

/** The page. */
export function renderReliability() {
  const { machine, results } = readKept();
  const titles = [...new Set(results.map(({ title }) => title))];
  const sections = titles.map((title) => {
    const servers = Object.keys(NAMES);
    const ofIt = results
      .filter((result) => result.title === title)
      .toSorted((a, b) => servers.indexOf(a.server) - servers.indexOf(b.server));
    return `### ${title}\n\n${ofIt[0].wanted}\n\n${HEAD}${ofIt.map(renderRow).join("")}`;
  });
  return `${INTRO}${conditions(machine, results)}\n${sections.join("\n")}`;
}

const INTRO = `# Reliability

Made from \`docs/reliability.json\` by \`scripts/generate-docs.mjs\`; \`npm run chaos -- --save\` writes that file.

What happens to requests when processes are reloaded, replaced and killed. While sixteen connections send requests as fast as they are
answered, something is done to the server's processes. Each request has a body that no other has, and each answer is compared with it byte
for byte. The application writes a line when a request begins and when it ends, so what a killed worker was running is known from its own record.

* **right**: answers that are what was asked for.
* **lost**: requests that got no complete answer.
* **wrong**: answers with status 200 that are not what was asked for.
* **statuses**: answers with other statuses. A killed worker's requests are answered with 502 by a server that is there to say so.
* **refused**: connections that were not accepted, tried again every 50 ms.
* **running**: requests that killed workers had begun and not ended, by their own records. These nobody can save.
* **twice**: requests that the application has run more than once.
* **besides**: what else was not as it has to be. "ended" is the server, though nobody asked it to.

Wizgy may answer 502 to what killed workers were running, and nothing else may happen to it: \`npm run chaos\` fails otherwise. A request runs
already when the application has not written its first line, and still when it has written its last: so there may be a few more 502 than the
records know, counted in parentheses, and never more than the killed workers had threads.

gunicorn has no process that could answer for a worker that has died. uWSGI runs here with its own HTTP router in front of the workers.

`;

const HEAD = `| server | right | lost | wrong | statuses | refused | killed | running | twice | besides |
| --- | --: | --: | --: | --- | --: | --: | --: | --: | --- |
`;

function conditions(machine, results) {
  const versions = Object.keys(NAMES).flatMap((server) => {
    const result = results.find((each) => each.server === server);
    return result === undefined ? [] : [`${NAMES[server]} ${result.version}`];
  });
  const dates = [...new Set(results.map(({ date }) => date))].join(", ");
  return `## Results

${versions.join(", ")}, each with two workers of four threads; ${machine}; ${dates}. The flags are in \`test/chaos/targets.ts\`, what is done in
\`test/chaos/actions.ts\`. One run of each: how many requests are lost differs from run to
run. When what is waited for doesn't come within its time, the action ends there. uWSGI has no signals for a worker more or less. How many answers were right says how long an action took, and not
how fast a server is.
`;
}

function renderRow(result) {
  const name = NAMES[result.server] ?? result.server;
  if (!result.offered) return `| ${name} | not offered | | | | | | | | |\n`;
  const { right, lost, wrong, refused, killed, running, unrecorded, runTwice } = result;
  const statuses = Object.entries(result.statuses).map(
    ([status, count]) =>
      `${count} x ${status}${status === "502" && unrecorded > 0 ? ` (${unrecorded})` : ""}`,
  );
  const remarks = [...new Set(result.remarks)].filter((remark) => !isInColumns(remark));
  const ended = result.endedBy === null ? [] : [`ended: ${result.endedBy}`];
  const besides = [...ended, ...remarks].join("; ");
  const cells = [right, lost, wrong, statuses.join(", ") || "0", refused, killed, running];
  return `| ${[name, ...cells, runTwice, besides].join(" | ")} |\n`;
}

function isInColumns(remark) {
  return /^(?:the server ended: |\d+ connections refused|status \d+ for )/.test(remark);
}
