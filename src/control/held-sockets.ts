/**
 * The sockets of a server with several fronts. The main process makes and keeps them, and never takes a
 * connection itself: it would be in nobody's hands. Node's own Server takes connections as soon as it listens, so
 * the sockets are made with what Node's `cluster` module makes its own with, and the fronts listen on them.
 */
import { closeSync } from "node:fs";
import { lookup } from "node:dns/promises";
import * as net from "node:net";
import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";

import type { ErrorCode } from "../errors/catalogue.ts";
import type { Settings } from "../options/settings.ts";
import {
  type SocketFile,
  type SocketRights,
  makeSocketFile,
  removeSocketFile,
} from "../sockets/unix-path.ts";
import { addressesOf } from "./front.ts";
import type { HandedSocket } from "./inheritance.ts";
import { cannotListen, noSuchSocket } from "./refusals.ts";
import { type ChosenSocket, chooseSockets } from "./socket-choice.ts";

/** Node's handle of a socket, as far as it is used here. */
interface Handle {
  readonly fd: number;
  close(): void;
  getsockname?(out: { port?: number }): number;
}

type MakeHandle = (address: string, port: number, addressType: number) => Handle | number;

/** Not documented, and the same since the first `cluster`. */
const makeHandle = (net as unknown as { readonly _createServerHandle?: MakeHandle })
  ._createServerHandle;

/** For address type and port. */
const UNIX = -1;
/** What is said where Node has no such function any more. */
const EOPNOTSUPP = -constants.errno.EOPNOTSUPP;

export class HeldSockets {
  /** As fronts get them. */
  sockets: readonly HandedSocket[];
  /** Close those that were made, and those that were passed. */
  #closers: readonly (() => void)[];
  #files: readonly SocketFile[];

  private constructor(sockets: readonly HandedSocket[], closers: readonly (() => void)[]) {
    this.sockets = sockets;
    this.#closers = closers;
    this.#files = sockets.flatMap(({ file }) => (file === null ? [] : [file]));
  }

  /** Takes all addresses that were not passed, or none. */
  static async open(
    settings: Settings,
    rights: SocketRights,
    passed: readonly HandedSocket[],
  ): Promise<
    HeldSockets | { readonly kind: "fault"; readonly code: ErrorCode; readonly message: string }
  > {
    const wanted = { bind: addressesOf(settings), redirectHttp: settings.redirectHttp };
    const choice = chooseSockets(wanted, passed);
    if ("kind" in choice) return noSuchSocket(choice);
    for (const { fd } of choice.unused) closeSync(fd);
    const closers: (() => void)[] = [];
    const sockets: HandedSocket[] = [];
    for (const chosen of [...choice.bind, ...choice.redirectHttp]) {
      try {
        sockets.push(await hold(chosen, rights, closers));
      } catch (error) {
        const some = new HeldSockets(sockets, closers);
        some.removeFiles();
        some.close();
        const message = cannotListen(chosen.address, error);
        return { kind: "fault", code: "cannot-listen", message };
      }
    }
    return new HeldSockets(sockets, closers);
  }

  /** Another server has them, too, and looks after their files. */
  handOver(): void {
    this.#files = [];
  }

  /** Only the fronts have them from now on. */
  close(): void {
    for (const close of this.#closers) close();
    this.#closers = [];
  }

  /** Nobody is to come any more. */
  removeFiles(): void {
    for (const file of this.#files) removeSocketFile(file);
    this.#files = [];
  }
}

async function hold(
  { address, key, socket }: ChosenSocket,
  rights: SocketRights,
  closers: (() => void)[],
): Promise<HandedSocket> {
  if (socket !== null) {
    closers.push(() => closeSync(socket.fd));
    return { ...socket, key };
  }
  const own = { key, number: null, name: "" };
  if (address.kind === "fd") throw Object.assign(new Error("not passed"), { code: "EBADF" });
  if (address.kind === "tcp") {
    const { address: host, family } = await lookup(address.host);
    const handle = make(host, address.port, family);
    closers.push(() => handle.close());
    const found: { port?: number } = {};
    // An address in use is told here, and not before.
    throwIfError(handle.getsockname?.(found) ?? 0);
    const bound = { kind: "tcp", host: address.host, port: found.port ?? 0 } as const;
    return { ...own, fd: handle.fd, bound, file: null };
  }
  let fd = -1;
  const bind = (path: string): Promise<void> => {
    const handle = make(path, UNIX, UNIX);
    closers.push(() => handle.close());
    fd = handle.fd;
    return Promise.resolve();
  };
  // When the path can't be had the caller closes all.
  const file = await makeSocketFile(address.path, rights, false, bind, () => {});
  return { ...own, fd, bound: { kind: "unix", path: address.path }, file };
}

function make(address: string, port: number, addressType: number): Handle {
  const handle = makeHandle?.(address, port, addressType) ?? EOPNOTSUPP;
  if (typeof handle !== "number") return handle;
  throwIfError(handle);
  throw new Error("no handle");
}

function throwIfError(errno: number): void {
  if (errno >= 0) return;
  const [code, message] = getSystemErrorMap().get(errno) ?? ["", `error ${errno}`];
  throw Object.assign(new Error(message), { code });
}
