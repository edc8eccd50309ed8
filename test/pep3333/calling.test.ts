/** How the server calls the application: checklist items 1 to 11. */
import { assertOk, assertServerError, assertInOrder, keepAlive } from "./expectations.ts";
import { DETAILS, ERRORS, OVERVIEW, START_RESPONSE } from "./headings.ts";
import { section } from "./section.ts";
import { isOurs } from "./target.ts";

/** Item 2: each is served by a server of its own, because what the server is given must differ. */
const kinds = {
  function: "a function, called with two positional arguments and no keywords",
  odd_names: "a function whose parameters have other names",
  AsClass: "a class, whose instance is the iterable",
  as_instance: "an instance with __call__",
  as_method: "a bound method",
  as_partial: "a functools.partial",
  as_lambda: "a lambda",
  as_builtin: "a callable written in C without __code__",
  unfriendly: "an object that raises when it is looked at",
};

for (const [name, words] of Object.entries(kinds)) {
  section({ app: `kinds:${name}` }, (rule) => {
    const item = name === "function" || name === "odd_names" ? 1 : 2;
    const level = name === "unfriendly" ? "derived" : "MUST";
    rule(item, level, OVERVIEW, `the application may be ${words}`, async ({ get }) => {
      assertOk(await get("/"), "alive");
    });
  });
}

section({ app: "calling:application" }, (rule) => {
  rule(
    3,
    "MUST",
    OVERVIEW,
    "the application is called once for each request, in the order of a connection",
    async ({ connect }) => {
      const client = await connect();
      client.send(keepAlive("GET", "/count").repeat(3));
      for (const body of ["1", "2", "3"]) assertOk(await client.answer(), body);
    },
  );

  rule(4, "MUST", DETAILS, "environ is a builtin dict", async ({ get }) => {
    assertOk(await get("/environ_type"), "True");
  });

  rule(5, "MUST", DETAILS, "the application may do to environ what it likes", async (trial) => {
    const client = await trial.connect();
    client.send(keepAlive("POST", "/clears_environ", "abc"));
    const answer = await client.answer();
    assertOk(answer, "ok");
    await assertInOrder(client, answer);
  });

  rule(6, "derived", DETAILS, "each request gets a new environ", async ({ connect }) => {
    const client = await connect();
    for (let i = 0; i < 2; i++) {
      client.send(keepAlive("GET", "/leaks"));
      assertOk(await client.answer(), "False");
    }
  });

  rule(
    7,
    "MUST",
    START_RESPONSE,
    "start_response takes two arguments, and a third one that may be None",
    async ({ get }) => {
      assertOk(await get("/two_arguments"), "ok");
      assertOk(await get("/three_arguments"), "ok");
    },
  );

  rule(8, "MUST", START_RESPONSE, "start_response returns write()", async ({ get }) => {
    assertOk(await get("/uses_write"), "a");
  });

  rule(
    9,
    "MUST",
    START_RESPONSE,
    "start_response may be called as late as in the first iteration",
    async ({ get }) => {
      assertOk(await get("/generator"), "late");
      assertOk(await get("/late_iter"), "late");
    },
  );

  rule(
    10,
    "derived",
    START_RESPONSE,
    "an application that never calls start_response is answered for with 500",
    async ({ get }) => {
      assertServerError(await get("/never_starts"));
      assertServerError(await get("/never_starts_empty"));
    },
  );

  rule(
    11,
    "derived",
    ERRORS,
    "a result that is no iterable is answered for with 500 and said in the log",
    async ({ get, server }) => {
      assertServerError(await get("/returns_none"));
      const before = server.log().length;
      assertServerError(await get("/returns_number"));
      await server.waitForLog(new RegExp(`^[^]{${before}}[^]*${isOurs ? "TypeError" : "."}`));
    },
  );
});
