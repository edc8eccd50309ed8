// `npm run chaos [-- --short] [--only PATTERN] [--servers wizgy,gunicorn,uwsgi] [--save]`: what is done to a server's
// processes while a load runs that checks every body, and what was lost. Some minutes. Other servers come from the
// environment of `npm run bench -- --install`. --save keeps what came out for docs/reliability.md, in place of what was
// kept of the same servers and actions. Ends with 1 when ours is not as it has to be.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

import "./setup/require-node.mjs";
import { buildWhenStale } from "./setup/build.mjs";
import { command } from "./setup/command.mjs";
import { installNodePackages } from "./setup/node-packages.mjs";
import { inRoot, SetupFault } from "./setup/project.mjs";
import { keepResults } from "./reliability.mjs";

const SHOWN_FAULTS = 5;

await command(async () => {
  const { only, short, servers, save } = readArguments();
  await installNodePackages();
  await buildWhenStale();
  const load = (name) => import(pathToFileURL(inRoot("dist", "test", "chaos", `${name}.js`)));
  const { actions, fullSize, shortSize } = await load("actions");
  const { wizgy, others, isInstalled } = await load("targets");
  const { tryAction } = await load("try-action");
  const targets = [wizgy, ...others].filter(({ name }) => servers.includes(name));
  const size = short ? shortSize : fullSize;
  const versions = new Map(targets.filter(isInstalled).map((each) => [each.name, versionOf(each)]));
  for (const [name, version] of versions) console.log(`${name}: ${version}`);
  console.log("\n| server | action | right | lost | wrong | other statuses | refused | ended by |");
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
  const remarks = [];
  const results = [];
  for (const action of actions.filter((each) => only.test(each.title(size)))) {
    for (const target of targets) {
      const what = `${target.name} | ${action.title(size)}`;
      if (!isInstalled(target)) continue;
      try {
        const outcome = await tryAction(target, action, size);
        console.log(`| ${what} | ${cells(outcome)} |`);
        remarks.push(...remarksOn(what, outcome));
        results.push({ action, title: action.title(size), server: target.name, outcome });
        if (target === wizgy && outcome.faults.length > 0) process.exitCode = 1;
      } catch (error) {
        console.log(`| ${what} | FAILED: ${String(error.message).split("\n")[0]} |`);
        process.exitCode = 1;
      }
    }
  }
  console.log(`\n${remarks.join("\n")}`);
  if (save) keepResults(results, versions);
});

function cells(outcome) {
  if (outcome === null) return "has no such thing | | | | |";
  const statuses = Object.entries(outcome.statuses).map(
    ([status, count]) => `${count} x ${status}`,
  );
  const { right, lost, wrong, refused, endedBy } = outcome;
  return [right, lost, wrong, statuses.join(", ") || "0", refused, endedBy ?? "nothing"].join(
    " | ",
  );
}

function remarksOn(what, outcome) {
  if (outcome === null) return [];
  const { killed, running, unrecorded, faults } = outcome;
  const kills = `${killed} killed, ${running} requests running by their records, ${unrecorded} x 502 beside`;
  const more = faults.length > SHOWN_FAULTS ? [`... ${faults.length} in all`] : [];
  return [
    ...(killed > 0 ? [kills] : []),
    ...faults.slice(0, SHOWN_FAULTS).map((fault) => fault.split("\n")[0].slice(0, 200)),
    ...more,
  ].map((text) => `${what}: ${text}`);
}

function versionOf(target) {
  const [program, ...args] = target.command({ port: 0, folder: "" });
  const isModule = args[0] === "-m" ? args.slice(0, 2) : [];
  const own = args[0]?.endsWith("wizgy.js") ? [args[0]] : isModule;
  const text = execFileSync(program, [...own, "--version"], { encoding: "utf8" });
  return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? text.trim();
}

function readArguments() {
  const usage =
    "usage: npm run chaos -- [--short] [--only PATTERN] [--servers wizgy,gunicorn,uwsgi] [--save]";
  try {
    const options = {
      only: { type: "string" },
      short: { type: "boolean" },
      servers: { type: "string" },
      save: { type: "boolean" },
    };
    const { values } = parseArgs({ options });
    // What is published is of the full size.
    if (values.save === true && values.short === true) throw new SetupFault(usage);
    return {
      only: new RegExp(values.only ?? ""),
      short: values.short === true,
      servers: (values.servers ?? "wizgy,gunicorn,uwsgi").split(","),
      save: values.save === true,
    };
  } catch {
    throw new SetupFault(usage);
  }
}
