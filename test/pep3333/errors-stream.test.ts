/** wsgi.errors: checklist items 54 to 58. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { projectRoot } from "../support/server.ts";
import { assertOk, keepAlive } from "./expectations.ts";
import { STREAMS } from "./headings.ts";
import { NotTried } from "./rules.ts";
import { section } from "./section.ts";
import { isOurs } from "./target.ts";

const app = "messages:application";

section({ app }, (rule) => {
  rule(
    54,
    "MUST",
    STREAMS,
    "write(), writelines() and flush() of wsgi.errors bring text to the log",
    async ({ get, server }) => {
      assertOk(await get("/writes"), "ok");
      await server.waitForLog(/written one\n(?:.*)written two\n(?:.*)written three\n/);
    },
  );

  rule(55, "SHOULD", STREAMS, "wsgi.errors takes any str", async ({ get, server }) => {
    assertOk(await get("/any_text"), "ok");
    await server.waitForLog(/(?:text <[^>]*> written[^]*?){6}/);
  });

  rule(
    56,
    "MUST",
    STREAMS,
    "after flush() the text is in the log, before the request goes on",
    async ({ connect, gate, server }) => {
      const client = await connect();
      const held = await gate();
      client.send(keepAlive("GET", `/flushes?${held.query}`));
      await held.heard("flushed");
      await server.waitForLog(/flushed without a line end/);
      held.letGo();
      assertOk(await client.answer(), "ok");
    },
  );

  rule(57, "SHOULD", STREAMS, "the manual says where wsgi.errors goes", async () => {
    if (!isOurs) throw new NotTried("a manual is not tried over a socket");
    const page = readFileSync(`${projectRoot}docs/reference/environ.md`, "utf8");
    assert.match(page, /## wsgi\.errors\n[^#]*standard error/);
  });

  rule(
    58,
    "derived",
    STREAMS,
    "print() and the logging module can write to wsgi.errors",
    async ({ get, server }) => {
      assertOk(await get("/prints"), "ok");
      await server.waitForLog(/printed 1 2\n/);
      await server.waitForLog(/logged so\n/);
      await server.waitForLog(/to standard error\n/);
    },
  );
});

section({ app, threads: 4, workers: 2 }, (rule) => {
  rule(
    58,
    "derived",
    STREAMS,
    "lines that threads and workers write at the same time are not torn",
    async ({ get, server }) => {
      const letters = "abcdefgh".split("");
      await Promise.all(letters.map(async (letter) => get(`/many_lines?${letter}`)));
      for (const letter of letters) await server.waitForLog(new RegExp(`all of ${letter}\n`));
      const whole = server
        .log()
        .split("\n")
        .filter((line) => /([a-h])\1{499}$/.test(line));
      assert.equal(whole.length, 200 * letters.length);
    },
  );
});
