// `npm run build`: installs the compiler when it is missing and compiles everything into dist/.
import { command } from "../setup/command.mjs";
import { compile } from "../setup/build.mjs";
import { installNodePackages } from "../setup/node-packages.mjs";
import { SetupFault } from "../setup/project.mjs";

await command(async () => {
  await installNodePackages();
  const complaints = await compile();
  if (complaints !== null) throw new SetupFault(complaints);
});
