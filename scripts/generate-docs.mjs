// Writes the files that have their facts elsewhere: docs/reference/settings.md from the table of settings,
// docs/reference/errors.md from the catalogue of faults, docs/reference/wizgy.schema.json and gunicorn.md from the tables,
// docs/reliability.md from docs/reliability.json, src/version.ts from package.json. Needs a build.
//
//   node scripts/generate-docs.mjs [--check] [--dist FOLDER]
//
// --check writes nothing and ends with 1 when a file is not what it would be. --dist: default dist.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { renderGunicornPage } from "./gunicorn-page.mjs";
import { renderReliability } from "./reliability.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({
  options: { check: { type: "boolean" }, dist: { type: "string", default: join(root, "dist") } },
});

const built = (path) => import(pathToFileURL(resolve(options.dist, "src", path)).href);
const { errorCatalogue } = await built("errors/catalogue.js");
const { settingGroups } = await built("options/definition.js");
const { environmentName } = await built("options/settings.js");
const { settingsSchema } = await built("options/schema.js");
const { gunicornHooks } = await built("options/gunicorn-hooks.js");
const { gunicornSettings } = await built("options/gunicorn-settings.js");
const { settingTable } = await built("options/table.js");

const files = {
  "docs/reference/settings.md": renderSettings(),
  "docs/reference/errors.md": renderErrors(),
  "docs/reference/wizgy.schema.json": `${JSON.stringify(settingsSchema(), null, 2)}\n`,
  "docs/reliability.md": renderReliability(),
  "docs/reference/gunicorn.md": renderGunicornPage(gunicornSettings, gunicornHooks, settingTable),
  "src/version.ts": renderVersion(),
};
const stale = Object.entries(files).filter(([path, text]) => readText(path) !== text);
for (const [path, text] of stale) {
  if (!options.check) writeFileSync(join(root, path), text);
  process.stdout.write(`${options.check ? "not up to date" : "written"}: ${path}\n`);
}
if (options.check && stale.length > 0) {
  process.stdout.write('Run "npm run build" and "node scripts/generate-docs.mjs".\n');
  process.exitCode = 1;
}

function renderSettings() {
  const intro = `# Settings

Made from \`src/options/table.ts\` by \`scripts/generate-docs.mjs\`.

\`\`\`text
wizgy [OPTIONS] APP
\`\`\`

Each setting has a flag, and each one but \`--env\` an environment variable. The command line wins over \`WIZGY_*\` variables, those over
the [settings file](../guide/settings-file.md), and that over variables that other tools define (\`PORT\`, \`WEB_CONCURRENCY\`). An
empty variable counts as absent. Where a flag may be repeated, the variable holds the values separated by commas.

Flags are written \`--flag value\` or \`--flag=value\`, short ones also \`-bvalue\`; they may stand before or after the
application, and \`--\` ends them. Of a flag that is given twice and doesn't collect, the last one counts. Sizes are bytes;
\`k\`, \`m\` and \`g\` behind the number stand for 1024, 1024² and 1024³. Times are seconds and may have a fraction.
`;
  const sections = settingGroups.map((group) => {
    const rows = Object.values(settingTable).filter((row) => row.group === group);
    return `\n## ${group}\n${rows.map(renderSetting).join("")}`;
  });
  return intro + sections.join("");
}

function renderSetting(row) {
  const shown = row.bare === undefined ? row.valueName : `[${row.valueName}]`;
  const value = row.valueName === undefined ? "" : ` ${shown}`;
  const heading = row.flags.map((flag) => `\`${flag}${value}\``).join(", ");
  const facts = row.kind === "action" ? "" : `\n${settingFacts(row).join("\n")}\n`;
  return `\n### ${heading}\n\n${row.doc}\n${facts}`;
}

function settingFacts(row) {
  const variables = [environmentName(row), row.foreign?.name].filter(
    (name) => typeof name === "string",
  );
  return [
    `- Default: ${row.default === null ? "none" : `\`${row.default}\``}`,
    ...acceptedValues(row),
    ...(row.repeatable ? ["- May be repeated"] : []),
    ...(row.perSite === true ? ["- Each [site](../guide/sites.md) may have its own"] : []),
    ...(variables.length > 0
      ? [`- Environment: ${variables.map((name) => `\`${name}\``).join(", then ")}`]
      : []),
  ];
}

function acceptedValues(row) {
  switch (row.kind) {
    case "count":
    case "size":
      return [`- Takes: ${row.min} to ${row.max}${row.kind === "size" ? " bytes" : ""}`];
    case "count-or-auto":
      return [`- Takes: ${row.min} to ${row.max}, or \`auto\``];
    case "switch":
      return ["- The variable takes: `on` or `off`"];
    case "seconds":
      return [`- Takes: seconds, at least ${row.minMs / 1000}`];
    case "choices":
      return [
        `- Takes: words out of ${row.choices.map((choice) => `\`${choice}\``).join(", ")}; or \`none\``,
      ];
    case "choice":
      return [`- Takes: ${row.choices.map((choice) => `\`${choice}\``).join(", ")}`];
    default:
      return [];
  }
}

function renderErrors() {
  const intro = `# Errors

Made from \`src/errors/\` by \`scripts/generate-docs.mjs\`.

A client sees a status and nothing else; the log has the code and the cause. Codes are stable: match on them and not on the
text of a line.

Exit codes: 0 a proper end, 1 wrong settings, 2 no application named, 3 a worker can't boot, 4 the application can't be
imported.
`;
  const parties = {
    peer: "The client's faults. It gets one answer with this status, and the connection ends.",
    application: "The application's faults.",
    worker: "Faults of a worker process.",
    configuration: "Faults of the settings or the machine's set-up. The server doesn't start.",
    server: "Wizgy's own faults.",
  };
  const sections = Object.entries(parties).map(([party, line]) => {
    const rows = Object.entries(errorCatalogue).filter(([, entry]) => entry.fault === party);
    if (rows.length === 0) return "";
    const table = rows.map(([code, entry]) => {
      const cells = [`\`${code}\``, entry.status, entry.exitCode, entry.level, entry.sentence];
      return `| ${cells.map((cell) => cell ?? "").join(" | ")} |\n`;
    });
    const head =
      "| Code | Status | Exit code | Log level | Meaning |\n| --- | --- | --- | --- | --- |\n";
    return `\n## ${party[0].toUpperCase()}${party.slice(1)}\n\n${line}\n\n${head}${table.join("")}`;
  });
  return intro + sections.join("");
}

function renderVersion() {
  const { version } = JSON.parse(readText("package.json"));
  return `/** Written by scripts/generate-docs.mjs from package.json; change it there. */
export const VERSION = ${JSON.stringify(version)};
`;
}

function readText(path) {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}
