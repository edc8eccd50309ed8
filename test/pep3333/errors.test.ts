/** Extensions, configuration and what ends an application: checklist items 118 to 121. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { projectRoot, runCommand } from "../support/server.ts";
import { assertCut, assertServerError, json } from "./expectations.ts";
import { CONFIGURATION, ERRORS, EXTENSIONS } from "./headings.ts";
import { NotTried } from "./rules.ts";
import { section } from "./section.ts";
import { appsFolder, isOurs } from "./target.ts";

const kinds = ["Exception", "SystemExit", "sys.exit", "KeyboardInterrupt", "GeneratorExit"];
kinds.push("MemoryError", "RecursionError");

section({ app: "exceptions:application" }, (rule) => {
  rule(
    118,
    "MUST",
    EXTENSIONS,
    "no extension hands the connection to the application, past start_response and middleware",
    async ({ get }) => {
      assert.deepEqual(json(await get("/connections")), []);
    },
  );

  for (const kind of kinds) {
    rule(
      119,
      "SHOULD",
      ERRORS,
      `${kind} in the application ends the request alone, and is logged`,
      async ({ get, server }) => {
        const pid = json<number>(await get("/pid"));
        const token = kind === "RecursionError" ? "RecursionError" : `secret ${kind.slice(-4)}`;
        const logged = async (from: number): Promise<void> => {
          const word = kind === "sys.exit" ? "secret exit" : token.replace(/ \w+$/, "");
          await server.waitForLog(new RegExp(`^[^]{${from}}[^]*${word}`));
        };
        for (const target of ["/in_call", "/in_first_block"]) {
          const before = server.log().length;
          const answer = await get(`${target}?${kind}`);
          // With which status is item 89's.
          if (isOurs) assertServerError(answer);
          await logged(before);
        }
        const before = server.log().length;
        const begun = await get(`/in_later_block?${kind}`);
        // How a started answer must end is item 89's.
        if (isOurs) assertCut(begun, "a");
        await logged(before);
        if (isOurs) assert.equal(json<number>(await get("/pid")), pid, "the worker goes on");
      },
    );
  }

  rule(120, "SHOULD", CONFIGURATION, "the manual says how an application is named", async () => {
    if (!isOurs) throw new NotTried("a manual is not tried over a socket");
    const page = readFileSync(`${projectRoot}docs/reference/environ.md`, "utf8");
    assert.match(page, /wizgy MODULE:CALLABLE/);
  });

  const broken = {
    "a module that raises": ["broken:application", "raise", /LookupError: can't be imported/],
    "a module that calls sys.exit": ["broken:application", "exit", /leaving at import/],
    "a missing module": ["nowhere:application", "", /nowhere/],
    "a missing callable": ["broken:absent", "none", /absent/],
  } as const;
  for (const [what, [app, fault, message]] of Object.entries(broken)) {
    rule(
      121,
      "practice",
      CONFIGURATION,
      `${what} ends the start with a clear message and exit code 4`,
      async () => {
        if (!isOurs) throw new NotTried("exit codes are our own");
        const ended = await runCommand(["--chdir", appsFolder, "--bind", "127.0.0.1:0", app], {
          env: { CONFORMANCE_BROKEN: fault },
        });
        assert.equal(ended.code, 4, ended.stderr);
        assert.match(ended.stderr, message);
      },
    );
  }
});
