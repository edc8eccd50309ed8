/**
 * How many connections are open, in all and of each client address, and whether one more may come.
 *
 * A client has a whole IPv6 network of 64 bits to itself, so that is what counts as one address.
 * Who speaks for many clients (a trusted proxy, a Unix socket) is counted in the total only: it comes
 * with the key "".
 */

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
  /** Connections and other open files together; Infinity where the system has no limit. */
  readonly room: number;
}

/** Why a connection is turned away; a code of the catalogue. */
export type Refusal = "too-many-connections" | "too-many-connections-of-address";

export class ConnectionCounts {
  readonly limits: ConnectionLimits;
  readonly #byKey: Map<string, number> = new Map();
  readonly #otherFiles: () => number;
  #total = 0;

  /** @param otherFiles - how many files are open besides connections. */
  constructor(limits: ConnectionLimits, otherFiles: () => number = () => 0) {
    this.limits = limits;
    this.#otherFiles = otherFiles;
  }

  get total(): number {
    return this.#total;
  }

  /** Counts one more. Anything but null: it is not to be served, and was not counted. */
  take(key: string): Refusal | null {
    const ofKey = key === "" ? 0 : (this.#byKey.get(key) ?? 0);
    if (ofKey >= this.limits.perAddress) return "too-many-connections-of-address";
    const { total, room } = this.limits;
    if (this.#total >= total || this.#total + this.#otherFiles() >= room) {
      return "too-many-connections";
    }
    this.#total++;
    if (key !== "") this.#byKey.set(key, ofKey + 1);
    return null;
  }

  /** One that was taken has ended. */
  release(key: string): void {
    this.#total--;
    if (key === "") return;
    const left = (this.#byKey.get(key) ?? 0) - 1;
    if (left > 0) this.#byKey.set(key, left);
    else this.#byKey.delete(key);
  }
}

/**
 * What counts as one address.
 * @param address - as the system writes it, or "" on a Unix socket.
 */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [left = "", right] = (address.split("%")[0] ?? "").split("::");
  const groups = left === "" ? [] : left.split(":");
  // Behind "::" stand the last groups; those between are zero.
  if (right !== undefined) {
    const last = right === "" ? [] : right.split(":");
    while (groups.length + last.length < 8) groups.push("0");
    groups.push(...last);
  }
  return groups.slice(0, 4).join(":");
}
