/**
 * What an abuse is, and how a server is held to survive it. Its size is a parameter: `npm test` runs
 * short forms, `npm run abuse` (scripts/abuse.mjs) the full ones.
 */
import {
  type Remains,
  type StandingServer,
  assertNoGrowth,
  assertNothingLeft,
  withStandingServer,
} from "./standing-server.ts";

/** The rounds before the measured ones are smaller by this. */
const WARM_UP_SHARE = 10;

export interface Abuse {
  readonly title: string;
  /** Settings of the server. */
  readonly args: readonly string[];
  /** How many files the server may open; without it as many as the tests. */
  readonly openFiles?: number;
  readonly shortSize: number;
  readonly fullSize: number;
  /** What the size counts. */
  readonly unit: string;
  readonly run: (standing: StandingServer, size: number) => Promise<void>;
}

/** What an abuse has left, for a report. */
export interface Outcome {
  readonly before: Remains;
  readonly after: Remains;
}

/**
 * Abuses a server, twice, and asserts after each time that nothing of it is left and that all slots
 * and places in the queue are free.
 */
export async function abuse(each: Abuse, size: number): Promise<Outcome> {
  const { run } = each;
  const outcomes: Outcome[] = [];
  await withStandingServer(each, async (standing) => {
    // What a server makes once and keeps is made now.
    const nothing = await standing.remains();
    await run(standing, Math.ceil(size / WARM_UP_SHARE));
    await standing.settled(nothing);
    await standing.assertAllIsFree();
    const before = await standing.settled(nothing);
    for (let round = 0; round < 2; round++) {
      await run(standing, size);
      const after = await standing.settled(before);
      assertNothingLeft(before, after);
      outcomes.push({ before, after });
      await standing.assertAllIsFree();
    }
  });
  const [first, second] = outcomes;
  if (first === undefined || second === undefined) throw new Error("the server was not abused");
  assertNoGrowth(first.after, second.after);
  return second;
}
