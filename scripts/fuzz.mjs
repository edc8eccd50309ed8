// `npm run fuzz -- [--minutes N] [--seed N]`: compares the HTTP/1.1 core with Node's own parser, in rounds of a minute, each
// with the next seed. Ends with 1 and the stream in question at the first difference that docs/deviations.md doesn't know.
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

import "./setup/require-node.mjs";
import { buildWhenStale } from "./setup/build.mjs";
import { command } from "./setup/command.mjs";
import { installNodePackages } from "./setup/node-packages.mjs";
import { inRoot, SetupFault } from "./setup/project.mjs";

const roundMs = 60_000;

await command(async () => {
  const { minutes, seed } = readArguments();
  await installNodePackages();
  await buildWhenStale();
  const { fuzz } = await import(pathToFileURL(inRoot("dist", "test", "fuzz", "fuzz.js")));

  const endMs = performance.now() + minutes * 60_000;
  const explained = new Map();
  let streams = 0;
  for (let round = seed; performance.now() < endMs; round++) {
    const leftMs = Math.ceil(endMs - performance.now());
    const result = await fuzz(round, Math.min(roundMs, leftMs));
    streams += result.streams;
    for (const [row, count] of result.explained)
      explained.set(row, (explained.get(row) ?? 0) + count);
    console.log(`seed ${round}: ${result.streams} streams, ${streams} in all`);
    if (result.finding !== null) {
      console.log(`\nNot explained by docs/deviations.md:\n${result.finding}`);
      process.exitCode = 1;
      return;
    }
  }
  for (const [row, count] of [...explained].toSorted(([, a], [, b]) => b - a)) {
    console.log(`${String(count).padStart(9)}  ${row}`);
  }
});

function readArguments() {
  const usage = "usage: npm run fuzz -- [--minutes N] [--seed N]";
  let values;
  try {
    ({ values } = parseArgs({
      options: { minutes: { type: "string" }, seed: { type: "string" } },
    }));
  } catch {
    throw new SetupFault(usage);
  }
  const minutes = Number(values.minutes ?? 10);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  if (!(minutes > 0) || !Number.isInteger(seed)) throw new SetupFault(usage);
  return { minutes, seed };
}
