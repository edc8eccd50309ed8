// `npm run abuse [-- --only PATTERN] [--share N]`: the full sizes of what `npm test` does to a server in short forms
// (test/abuse/), one after the other, with what was left afterwards. Needs Linux, `ulimit -n` of 4,000 and 12 GiB for
// temporary files. --share 0.1 takes a tenth of each size.
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

import "./setup/require-node.mjs";
import { buildWhenStale } from "./setup/build.mjs";
import { command } from "./setup/command.mjs";
import { installNodePackages } from "./setup/node-packages.mjs";
import { inRoot, SetupFault } from "./setup/project.mjs";

const kinds = ["connection", "upload", "answer", "flood", "boot"];
const MIB = 1024 * 1024;

await command(async () => {
  const { only, share } = readArguments();
  await installNodePackages();
  await buildWhenStale();
  const load = (name) => import(pathToFileURL(inRoot("dist", "test", "abuse", `${name}.js`)));
  const { abuse } = await load("abuse");
  for (const kind of kinds) {
    const abuses = (await load(`${kind}-abuses`))[`${kind}Abuses`];
    for (const each of abuses.filter(({ title }) => only.test(title)))
      await report(abuse, each, share);
  }
});

async function report(abuse, each, share) {
  const size = Math.ceil(each.fullSize * share);
  const began = Date.now();
  process.stdout.write(`${each.title}, twice ${size.toLocaleString("en")} ${each.unit}: `);
  try {
    const { before, after } = await abuse(each, size);
    const mib = (key) => `${(before[key] / MIB).toFixed(1)} to ${(after[key] / MIB).toFixed(1)}`;
    console.log(
      `nothing left after ${((Date.now() - began) / 1000).toFixed()} s. ` +
        `Descriptors: front ${after.frontDescriptors}, workers ${after.workerDescriptors}. ` +
        `MiB: reachable ${mib("liveBytes")}, front ${mib("frontResidentBytes")}, workers ${mib("workerResidentBytes")}.`,
    );
  } catch (error) {
    console.log(`FAILED\n${error.stack}`);
    process.exitCode = 1;
  }
}

function readArguments() {
  const usage = "usage: npm run abuse -- [--only PATTERN] [--share N]";
  try {
    const options = { only: { type: "string" }, share: { type: "string" } };
    const { values } = parseArgs({ options });
    const share = Number(values.share ?? 1);
    if (!(share > 0)) throw new SetupFault(usage);
    return { only: new RegExp(values.only ?? ""), share };
  } catch {
    throw new SetupFault(usage);
  }
}
