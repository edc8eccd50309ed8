// `npm run bench:scale [-- NAME ...]`: builds what is stale and hands over to bench/scale/main.ts.
import "./setup/require-node.mjs";
import { command } from "./setup/command.mjs";
import { buildWhenStale } from "./setup/build.mjs";
import { installNodePackages } from "./setup/node-packages.mjs";
import { inRoot, root } from "./setup/project.mjs";
import { pathToFileURL } from "node:url";

await command(async () => {
  await installNodePackages();
  await buildWhenStale();
  const { main } = await import(pathToFileURL(inRoot("dist", "bench", "scale", "main.js")));
  process.exitCode = await main(process.argv.slice(2), root);
});
