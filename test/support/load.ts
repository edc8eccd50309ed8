/**
 * A load that checks every answer: some connections ask the application of `life.ts` for one thing
 * after the other until they are told to stop. Each body has to be the one that was asked for.
 */
import { valuesOf } from "./answer.ts";
import { type LifeServer, lifeRequest } from "./life-server.ts";
import type { RawClient } from "./raw-client.ts";

export interface Load {
  /** Right answers so far. */
  readonly answered: () => number;
  /** Process ids of the workers that answered. */
  readonly workers: () => ReadonlySet<number>;
  /** Resolves when there are so many right answers more, or something went wrong. */
  readonly further: (count: number) => Promise<void>;
  /** Stops asking; resolves with what went wrong, in words, when all that was asked is answered. */
  readonly stop: () => Promise<string[]>;
}

export interface LoadOptions {
  readonly connections?: number;
  /** How long the application works on each request. */
  readonly ms?: number;
  /** Wrong answers that are to be expected, by status; they are counted like right ones. */
  readonly allowed?: readonly number[];
}

let lastId = 0;

export async function startLoad(life: LifeServer, options: LoadOptions = {}): Promise<Load> {
  const { connections = 8, ms = 0, allowed = [] } = options;
  const wrong: string[] = [];
  const workers = new Set<number>();
  const watchers = new Set<() => void>();
  let answered = 0;
  let running = true;
  const ask = async (first: RawClient): Promise<void> => {
    let client = first;
    while (running) {
      const id = `load-${++lastId}`;
      client.send(lifeRequest(`/work?id=${id}${ms > 0 ? `&ms=${ms}` : ""}`, `body of ${id}`));
      const answer = await client.answer();
      const { status, text } = answer;
      const pid = new RegExp(`^${id} body of ${id} (\\d+)$`).exec(text)?.[1];
      if (pid !== undefined) workers.add(Number(pid));
      else if (!allowed.includes(status)) wrong.push(`${id}: ${status} ${text.slice(0, 200)}`);
      // The server is about to end; another one may have its place.
      if (valuesOf(answer, "connection").includes("close")) client = await life.client();
      answered++;
      for (const look of watchers) look();
    }
  };
  const clients = await Promise.all(Array.from({ length: connections }, life.client));
  const asking = clients.map((client) =>
    ask(client).catch((error: unknown) => {
      wrong.push(String(error));
      for (const look of watchers) look();
    }),
  );
  return {
    answered: () => answered,
    workers: () => workers,
    further: (count) => {
      const goal = answered + count;
      return new Promise((resolve) => {
        const look = (): void => {
          if (answered < goal && wrong.length === 0) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      });
    },
    stop: async () => {
      running = false;
      await Promise.all(asking);
      return wrong;
    },
  };
}
