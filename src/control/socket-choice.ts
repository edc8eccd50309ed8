/** Which of the passed sockets is meant by which address setting. */
import { type BindAddress, DEFAULT_PORT, renderBindAddress } from "../options/bind-address.ts";
import type { HandedSocket } from "./inheritance.ts";

/** One address to listen on. */
export interface ChosenSocket {
  readonly address: BindAddress;
  /** See `HandedSocket`. */
  readonly key: string;
  /** The socket to use; null: one has to be made. */
  readonly socket: HandedSocket | null;
  /** No setting names it: it stands for all addresses of `bind`. */
  readonly isAutomatic: boolean;
}

export interface SocketChoice {
  readonly bind: readonly ChosenSocket[];
  readonly redirectHttp: readonly ChosenSocket[];
  /** Sockets of another front that nobody listens on any more: they have to be closed. */
  readonly unused: readonly HandedSocket[];
  /** Addresses that are not listened on because sockets were passed. */
  readonly ignored: readonly BindAddress[];
}

/** A name that no passed socket has. */
export interface UnknownName {
  readonly kind: "unknown-name";
  readonly name: string;
  readonly known: readonly string[];
}

/**
 * Chooses for each address setting. Sockets of systemd that no setting names are used in place of
 * `bind`.
 */
export function chooseSockets(
  settings: {
    readonly bind: readonly BindAddress[];
    readonly redirectHttp: readonly BindAddress[];
  },
  sockets: readonly HandedSocket[],
): SocketChoice | UnknownName {
  const asked = [...settings.bind, ...settings.redirectHttp];
  const ofSystemd = sockets.filter(({ number, name }) => number !== null && name !== "");
  const isAutomatic = ofSystemd.length > 0 && asked.every(({ kind }) => kind !== "fd");
  const chooser = new Chooser(sockets);
  const bind = isAutomatic
    ? ofSystemd.map(({ number }): BindAddress => ({ kind: "fd", name: String(number) }))
    : settings.bind;
  const chosen = bind.flatMap((address) =>
    chooser.choose(address).map((each) => ({ ...each, isAutomatic })),
  );
  const redirecting = settings.redirectHttp.flatMap((address) => chooser.choose(address));
  if (chooser.unknownName !== null) {
    const known = [...new Set(ofSystemd.map(({ name }) => name))];
    return { kind: "unknown-name", name: chooser.unknownName, known };
  }
  return {
    bind: chosen,
    redirectHttp: redirecting,
    unused: sockets.filter((socket) => !chooser.used.has(socket) && socket.key !== ""),
    ignored: isAutomatic ? settings.bind.filter((address) => !isDefault(address)) : [],
  };
}

/** A number that no descriptor has. */
const NO_FD = 2 ** 31 - 1;

class Chooser {
  readonly used: Set<HandedSocket> = new Set();
  unknownName: string | null = null;
  readonly #sockets: readonly HandedSocket[];
  /** How often each address was asked for. */
  readonly #counts: Map<string, number> = new Map();

  constructor(sockets: readonly HandedSocket[]) {
    this.#sockets = sockets;
  }

  /** Several only for a name that several sockets have. */
  choose(address: BindAddress): ChosenSocket[] {
    if (address.kind === "fd" && !/^\d+$/.test(address.name)) return this.#named(address.name);
    const key = this.#nextKey(address);
    const number = address.kind === "fd" ? Number(address.name) : null;
    const found =
      this.#sockets.find((socket) => socket.key === key) ??
      this.#sockets.find((socket) => number !== null && socket.number === number);
    const socket = found ?? (number === null ? null : this.#plainDescriptor(number));
    if (socket !== null) this.used.add(socket);
    return [{ address, key, socket, isAutomatic: false }];
  }

  #named(name: string): ChosenSocket[] {
    const found = this.#sockets.filter((socket) => socket.name === name);
    if (found.length === 0) this.unknownName = name;
    return found.map((socket) => {
      this.used.add(socket);
      const address: BindAddress = { kind: "fd", name };
      return { address, key: this.#nextKey(address), socket, isAutomatic: false };
    });
  }

  /** One that some other program has left open for us. Where a front came before us it had it, and would have told. */
  #plainDescriptor(number: number): HandedSocket {
    const fd = this.#sockets.some(({ key }) => key !== "") ? NO_FD : number;
    return { key: "", number, name: "", fd, bound: null, file: null };
  }

  #nextKey(address: BindAddress): string {
    const text = renderBindAddress(address);
    const count = this.#counts.get(text) ?? 0;
    this.#counts.set(text, count + 1);
    return `${text}#${count}`;
  }
}

/** Nobody has asked for it. */
function isDefault(address: BindAddress): boolean {
  return address.kind === "tcp" && address.host === "127.0.0.1" && address.port === DEFAULT_PORT;
}
