/**
 * Connections that are not served, because there are too many. Each gets one 503 at once, before it
 * has said anything, and a moment to read it; so many of them that this costs something are closed
 * without a word. The log tells the first one, and then once a minute how many there were.
 *
 * They are not left in the system's queue instead: there they would look open to the client, and
 * hide from a balancer that it should go elsewhere.
 */
import type { Socket } from "node:net";

import { encodeErrorAnswer } from "../http1/error-answer.ts";
import type { ConnectionCounts, Refusal } from "./connection-counts.ts";
import { type Service, retryAfterLine } from "./service.ts";

/** So many are answered at the same time. */
export const MAX_ANSWERED = 64;
/** What a client gets to read the answer, when it doesn't close. */
const LINGER_MS = 1_000;
const TELL_EVERY_MS = 60_000;

export class TurnedAway {
  readonly #counts: ConnectionCounts;
  #answered = 0;
  readonly #told: Record<Refusal, { atMs: number; since: number }> = {
    "too-many-connections": { atMs: -Infinity, since: 0 },
    "too-many-connections-of-address": { atMs: -Infinity, since: 0 },
  };

  constructor(counts: ConnectionCounts) {
    this.#counts = counts;
  }

  /**
   * @param accepted - paused.
   * @param secure - it waits for a handshake, which would cost more than the answer.
   */
  add(accepted: Socket, why: Refusal, service: Service, secure: boolean): void {
    this.#tell(why, accepted.remoteAddress ?? "", service);
    accepted.on("error", () => {}); // It may be gone already.
    if (secure || this.#answered >= MAX_ANSWERED) {
      accepted.destroy();
      return;
    }
    this.#answered++;
    const timer = setTimeout(() => accepted.destroy(), LINGER_MS);
    accepted.on("close", () => {
      this.#answered--;
      clearTimeout(timer);
    });
    const dateLine = service.dateLine.at(Date.now());
    const fieldLines = retryAfterLine(service.runner);
    accepted.end(encodeErrorAnswer({ status: 503, requestId: "", dateLine, fieldLines }), "latin1");
    // What it sends is thrown away: closed with unread bytes it would be reset, and the answer lost.
    accepted.resume();
  }

  #tell(why: Refusal, address: string, service: Service): void {
    const told = this.#told[why];
    told.since++;
    const nowMs = performance.now();
    if (nowMs - told.atMs < TELL_EVERY_MS) return;
    const { total, limits } = this.#counts;
    const { perAddress } = limits;
    const setting = total < limits.total ? "open files of the system" : "--max-connections";
    const cause =
      why === "too-many-connections"
        ? `${total} connections are open (${setting}); further ones are turned away with 503`
        : `${perAddress} connections of ${address} are open (--max-connections-per-address); further ones are turned away with 503`;
    const count = told.since === 1 ? "" : `, ${told.since} since this was last told`;
    service.log.write("warning", `${cause}${count}.`);
    told.atMs = nowMs;
    told.since = 0;
  }
}
