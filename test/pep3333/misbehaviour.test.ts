/**
 * Applications that misbehave: the client gets the right thing, the log gets exactly one entry that
 * names the request, and the next request on the same worker is served.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { type Answer, valuesOf } from "../support/answer.ts";
import { RawClient } from "../support/raw-client.ts";
import { until } from "../support/server-processes.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { assertCut, assertOk, assertServerError, json, keepAlive } from "./expectations.ts";
import { appsFolder, isOurs } from "./target.ts";

/** Far more than it takes. */
const LOG_BOUND_MS = 30_000;

/** One fault of test/apps/pep3333/faults.py. */
interface Fault {
  readonly name: string;
  readonly title: string;
  readonly check: (answer: Answer) => void;
  readonly level: "ERROR" | "WARNING";
  /** What the one entry says. */
  readonly says: RegExp;
  /** Whether the entry has a traceback that names the application's line; default: it has. */
  readonly trace?: boolean;
  /** How the entry names the request; default: as `describe` of a job does. */
  readonly about?: RegExp;
}

/** An application that the log says nothing about. */
interface Harmless {
  readonly name: string;
  readonly title: string;
  readonly check: (answer: Answer) => void;
  /** Default: GET. */
  readonly method?: string;
}

const refused = assertServerError;
const cutAfterA = (answer: Answer): void => assertCut(answer, "a");
const servedA = (answer: Answer): void => assertOk(answer, "a");
const withoutBody = (code: number) => (answer: Answer) => {
  assert.equal(answer.status, code);
  assert.equal(answer.text, "");
  assert.ok(answer.complete);
};

const START = 'PEP 3333 "The start_response() Callable"';
const DETAILS = 'PEP 3333 "Specification Details"';
const ERRORS = 'PEP 3333 "Error Handling"';
const LENGTH = 'PEP 3333 "Handling the Content-Length Header"';
const FILES = 'PEP 3333 "Optional Platform-Specific File Handling"';
const HTTP = 'PEP 3333 "Other HTTP Features"';

const faults: readonly Fault[] = [
  {
    name: "never_starts",
    title: `${START}: never called, the client gets 500`,
    check: refused,
    level: "ERROR",
    says: /without calling start_response/,
    trace: false,
  },
  {
    name: "twice",
    title: `${START}: called twice, it raises in the application`,
    check: refused,
    level: "ERROR",
    says: /RuntimeError: start_response was called a second time/,
  },
  {
    name: "error_page_too_late",
    title: `${ERRORS}: exc_info after the headers went out raises the original, the answer is cut`,
    check: cutAfterA,
    level: "ERROR",
    says: /KeyError: 'the original'/,
  },
  {
    name: "header_value_number",
    title: `${START}: a number as a header value is refused with what to write`,
    check: refused,
    level: "ERROR",
    says: /must be str, not int .*X-Count.*: write str\(\.\.\.\)/,
  },
  {
    name: "header_name_bytes",
    title: `${START}: bytes as a header name are refused with what to write`,
    check: refused,
    level: "ERROR",
    says: /must be str, not bytes .*X-Count.*decode it as latin-1/,
  },
  {
    name: "headers_dict",
    title: `${START}: a dict of headers is refused with what to write`,
    check: refused,
    level: "ERROR",
    says: /must be a list .*write list\(headers\.items\(\)\)/,
  },
  {
    name: "header_line_end",
    title: `${START}: a line end in a header is refused, and smuggles nothing`,
    check: refused,
    level: "ERROR",
    says: /value of header X-Next has a control character/,
  },
  {
    name: "header_value_bytes",
    title: `${START}: bytes as a header value are refused with what to write`,
    check: refused,
    level: "ERROR",
    says: /must be str, not bytes .*X-Count/,
  },
  {
    name: "header_value_none",
    title: `${START}: None as a header value is refused`,
    check: refused,
    level: "ERROR",
    says: /must be str, not NoneType .*X-Count/,
  },
  {
    name: "header_nul",
    title: `${START}: NUL in a header is refused`,
    check: refused,
    level: "ERROR",
    says: /value of header X-Next has a control character/,
  },
  {
    name: "status_line_end",
    title: `${START}: a line end in the status is refused, and smuggles nothing`,
    check: refused,
    level: "ERROR",
    says: /status must look like/,
  },
  {
    name: "status_nul",
    title: `${START}: NUL in the status is refused`,
    check: refused,
    level: "ERROR",
    says: /status must look like/,
  },
  {
    name: "hop_by_hop",
    title: `${HTTP}: a hop-by-hop header is refused by its name`,
    check: refused,
    level: "ERROR",
    says: /Keep-Alive is a hop-by-hop header/,
  },
  {
    name: "text_body",
    title: `${DETAILS}: text as a body is refused with the word encode`,
    check: refused,
    level: "ERROR",
    says: /must be bytes, not str: encode it/,
    trace: false,
  },
  {
    name: "text_later",
    title: `${DETAILS}: text as a later block cuts the answer`,
    check: cutAfterA,
    level: "ERROR",
    says: /must be bytes, not str: encode it/,
    trace: false,
  },
  {
    name: "bare_bytes",
    title: `${DETAILS}: bare bytes are refused with "put it in a list"`,
    check: refused,
    level: "ERROR",
    says: /returned bare bytes; put it in a list/,
    trace: false,
  },
  {
    name: "bare_text",
    title: `${DETAILS}: bare text is refused with "encode it and put it in a list"`,
    check: refused,
    level: "ERROR",
    says: /returned a bare str; encode it and put it in a list/,
    trace: false,
  },
  {
    name: "raises_in_the_middle",
    title: `${ERRORS}: a generator that raises in the middle cuts the answer`,
    check: cutAfterA,
    level: "ERROR",
    says: /ValueError: in the middle/,
  },
  {
    name: "too_long",
    title: `${LENGTH}: more than Content-Length is left out`,
    check: servedA,
    level: "WARNING",
    says: /more than its Content-Length of 1 bytes/,
    trace: false,
  },
  {
    name: "too_long_list",
    title: `${LENGTH}: more than Content-Length in one block is left out`,
    check: servedA,
    level: "WARNING",
    says: /more than its Content-Length of 1 bytes/,
    trace: false,
  },
  {
    name: "too_short",
    title: `${LENGTH}: less than Content-Length cuts the answer`,
    check: cutAfterA,
    level: "ERROR",
    says: /9 bytes less than its Content-Length of 10/,
    trace: false,
  },
  {
    name: "too_short_list",
    title: `${LENGTH}: less than Content-Length in one block cuts the answer`,
    check: cutAfterA,
    level: "ERROR",
    says: /9 bytes less than its Content-Length of 10/,
    trace: false,
  },
  {
    name: "body_on_204",
    title: `${HTTP}: a body with status 204 is left out`,
    check: withoutBody(204),
    level: "WARNING",
    says: /a body with status 204, which has none/,
    trace: false,
  },
  {
    name: "body_on_304",
    title: `${HTTP}: a body with status 304 is left out`,
    check: withoutBody(304),
    level: "WARNING",
    says: /a body with status 304, which has none/,
    trace: false,
  },
  {
    name: "writes_on_204",
    title: `${HTTP}: what is written with status 204 is left out, and told once`,
    check: withoutBody(204),
    level: "WARNING",
    says: /a body with status 204, which has none/,
    trace: false,
  },
  {
    name: "returns_none",
    title: `${DETAILS}: None after start_response is served as an empty body`,
    check: (answer) => assertOk(answer, ""),
    level: "WARNING",
    says: /returned None.*return \[\]/,
    trace: false,
  },
  {
    name: "close_raises",
    title: `${DETAILS}: close() that raises leaves the answer whole`,
    check: servedA,
    level: "ERROR",
    says: /close\(\) of the app iterable raised[^]*OSError: close failed/,
  },
  {
    name: "system_exit",
    title: `${ERRORS}: SystemExit ends the request and not the worker`,
    check: refused,
    level: "ERROR",
    says: /SystemExit: leaving/,
  },
  {
    name: "keyboard_interrupt",
    title: `${ERRORS}: KeyboardInterrupt ends the request and not the worker`,
    check: refused,
    level: "ERROR",
    says: /KeyboardInterrupt: pressed/,
  },
  {
    name: "error_without_text",
    title: `${ERRORS}: an exception whose text can't be had is logged by its name`,
    check: refused,
    level: "ERROR",
    says: /Mute/,
  },
  {
    name: "error_with_odd_text",
    title: `${ERRORS}: the text of an exception can't fake another entry`,
    check: refused,
    level: "ERROR",
    says: /ValueError: odd [^]*\n +\[2020-01-01/,
  },
  {
    name: "fork_child_returns",
    title: `${ERRORS}: a forked child that comes back out of the application answers nobody`,
    check: servedA,
    level: "ERROR",
    says: /a process that the application forked/,
    about: / worker \d+: /,
    trace: false,
  },
  {
    name: "fork_child_exits",
    title: `${ERRORS}: a forked child that calls sys.exit() answers nobody`,
    check: servedA,
    level: "ERROR",
    says: /a process that the application forked/,
    about: / worker \d+: /,
    trace: false,
  },
  {
    name: "fork_in_stream",
    title: `${ERRORS}: a child forked in the middle of an answer adds nothing to it`,
    check: (answer) => assertOk(answer, "ab"),
    level: "ERROR",
    says: /a process that the application forked/,
    about: / worker \d+: /,
    trace: false,
  },
  {
    name: "fork_in_close",
    title: `${ERRORS}: a child forked in close() takes no request`,
    check: servedA,
    level: "ERROR",
    says: /a process that the application forked/,
    about: / worker \d+: /,
    trace: false,
  },
];

/** These are no faults, or so common that a line for each would hide the others: nothing is logged. */
const harmless: readonly Harmless[] = [
  {
    name: "fork_child_leaves",
    title: `${ERRORS}: a forked child may leave by itself`,
    check: servedA,
  },
  {
    name: "without_close",
    title: `${DETAILS}: an iterable without close() is no fault`,
    check: (answer) => assertOk(answer, "ab"),
  },
  {
    name: "body",
    method: "HEAD",
    title: `${HTTP}: a body for HEAD is left out, its length stays`,
    check: (answer) => {
      withoutBody(200)(answer);
      assert.deepEqual(valuesOf(answer, "Content-Length"), ["6"]);
    },
  },
  {
    name: "body_in_blocks",
    method: "HEAD",
    title: `${HTTP}: blocks for HEAD are left out`,
    check: withoutBody(200),
  },
  {
    name: "body_on_304",
    method: "HEAD",
    title: `${HTTP}: a body for HEAD with status 304 is left out`,
    check: withoutBody(304),
  },
  {
    name: "empty_on_204",
    title: `${HTTP}: an empty block with status 204 is no body`,
    check: withoutBody(204),
  },
  {
    name: "length_on_204",
    title: `${HTTP}: RFC 9110 §8.6: a Content-Length with status 204 is left out`,
    check: (answer) => {
      withoutBody(204)(answer);
      assert.deepEqual(valuesOf(answer, "Content-Length"), []);
    },
  },
  {
    name: "file_past_length",
    title: `${FILES}: a file longer than Content-Length ends there`,
    check: servedA,
  },
];

for (const threads of isOurs ? [1, 4] : []) {
  describe(`misbehaving applications, threads=${threads}`, () => {
    let server: RunningServer;
    let markers = 0;
    before(async () => {
      const args = ["--chdir", appsFolder, "--threads", String(threads), "faults:application"];
      server = await startServer(args);
    });
    after(async () => {
      const ended = await server.stop();
      assert.equal(ended.code, 0);
    });

    async function get(target: string, method = "GET"): Promise<Answer> {
      const client = await RawClient.open(server.port);
      try {
        client.send(keepAlive(method, target));
        return await client.answer(method);
      } finally {
        client.destroy();
      }
    }

    /** The worker's number, once all that was logged before is here. */
    async function settled(): Promise<number> {
      let pid = 0;
      // The first one's answer comes behind what the worker has logged, the second one's line too.
      for (let i = 0; i < 2; i++) {
        const marker = ++markers;
        pid = json<number>(await get(`/marker?${marker}`));
        await server.waitForLog(new RegExp(`marker-${marker}\n`));
      }
      return pid;
    }

    const entriesSince = (length: number): string[] =>
      server
        .stderr()
        .slice(length)
        .split(/^(?=\S)/m)
        .filter((entry) => !entry.startsWith("marker-"));

    for (const { name, title, check, level, says, trace = true, about } of faults) {
      test(title, async () => {
        const pid = await settled();
        const { length } = server.stderr();
        const answer = await get(`/${name}`);
        check(answer);
        assert.deepEqual(valuesOf(answer, "Set-Cookie"), []);
        // close() runs behind the answer, beside what other threads do.
        const logged = (): string => entriesSince(length).join("");
        await until(LOG_BOUND_MS, () => (says.test(logged()) ? null : `the log has ${logged()}`));
        assert.equal(await settled(), pid, "the worker goes on");
        const entries = entriesSince(length);
        assert.equal(entries.length, 1, entries.join("---\n"));
        const [entry = ""] = entries;
        assert.match(entry, says);
        assert.ok(entry.includes(`[${level}]`), entry);
        const where = about ?? new RegExp(`request=\\S+ GET /${name} worker=${pid}: `);
        assert.match(entry, where);
        assert.equal(/Traceback/.test(entry), trace, entry);
        if (trace) {
          assert.match(entry, /faults\.py", line \d+/);
          assert.doesNotMatch(entry, /wizgy_worker|During handling/);
        }
      });
    }

    for (const { name, title, check, method } of harmless) {
      test(title, async () => {
        const pid = await settled();
        const { length } = server.stderr();
        check(await get(`/${name}`, method));
        assert.equal(await settled(), pid);
        assert.deepEqual(entriesSince(length), []);
      });
    }

    test('PEP 3333 "The write() Callable": a thread that outlives its request can write to nobody', async () => {
      const { length } = server.stderr();
      servedA(await get("/thread_outlives"));
      const client = await RawClient.open(server.port);
      client.send(keepAlive("GET", "/lets_thread_write").repeat(2));
      assertOk(await client.answer(), "ok");
      assertOk(await client.answer(), "ok");
      client.destroy();
      assert.deepEqual(json(await get("/notes/late")), ["RuntimeError"]);
      await settled();
      assert.deepEqual(entriesSince(length), [], "what a thread does with it is its own business");
    });
  });
}
