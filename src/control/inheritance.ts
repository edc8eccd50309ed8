/**
 * What a process of the server is born with when another one has started it: open sockets, and what
 * it is there for. It stands in one variable of the environment and in the descriptors; systemd's way
 * of passing sockets (sd_listen_fds(3)) is understood as well. The variables are removed, because
 * the application's own children would take them for theirs.
 */
import type { BoundAddress } from "../listen/listener.ts";
import type { SocketFile } from "../sockets/unix-path.ts";

/** A socket on its way from one process to another. */
export interface HandedSocket {
  /** The address setting it was made for, with its place among equal ones: `fd:3#0`. */
  readonly key: string;
  /** The number that `fd:N` names, which is that of its first receiver; null: none names it. */
  readonly number: number | null;
  /** What systemd calls it, or "". */
  readonly name: string;
  /** Its number in the process that is born. */
  readonly fd: number;
  readonly bound: BoundAddress | null;
  readonly file: SocketFile | null;
}

/** Which one of several fronts a process is. */
export interface FrontShare {
  readonly index: number;
  readonly count: number;
}

export interface Inheritance {
  readonly sockets: readonly HandedSocket[];
  /** Others accept on these sockets meanwhile. */
  readonly isServed: boolean;
  /** The server whose place this one takes when it is ready; null: none. */
  readonly predecessor: number | null;
  /** Null: it is not one of several fronts. */
  readonly share: FrontShare | null;
  /** The main process's own folder, which it can't remove when it is killed; "": none. */
  readonly folder: string;
  /** What is to be told about it, or "". */
  readonly note: string;
}

const VARIABLE = "WIZGY_INHERITANCE";
/** sd_listen_fds(3): the first descriptor. */
const FIRST_FD = 3;
/** What it calls a socket without a name. */
const NO_NAME = "unknown";
const SYSTEMD = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID"] as const;

const NOTHING: Inheritance = {
  sockets: [],
  isServed: false,
  predecessor: null,
  share: null,
  folder: "",
  note: "",
};

/** Reads what this process is born with, once: the variables are gone then. */
export function takeInheritance(environment: NodeJS.ProcessEnv, pid: number): Inheritance {
  const text = environment[VARIABLE];
  const [count = "", wanted, names = ""] = SYSTEMD.map((name) => environment[name]);
  for (const name of [VARIABLE, ...SYSTEMD]) delete environment[name];
  // Our own format, from a process that may be of an older release: what it does not say is nothing.
  if (text !== undefined) return { ...NOTHING, ...(JSON.parse(text) as Partial<Inheritance>) };
  if (!/^[1-9]\d{0,3}$/.test(count)) return NOTHING;
  if (wanted !== String(pid)) {
    const note = `Sockets were passed to process ${wanted ?? "without a number"} and not to this one (LISTEN_PID): start wizgy itself, without a shell or npm in between.`;
    return { ...NOTHING, note };
  }
  const words = names.split(":");
  const sockets = Array.from({ length: Number(count) }, (_, index): HandedSocket => {
    const fd = FIRST_FD + index;
    return { key: "", number: fd, name: words[index] || NO_NAME, fd, bound: null, file: null };
  });
  return { ...NOTHING, sockets };
}

/** The environment of a process that is born with this. */
export function withInheritance(
  environment: NodeJS.ProcessEnv,
  inheritance: Partial<Inheritance>,
): NodeJS.ProcessEnv {
  return { ...environment, [VARIABLE]: JSON.stringify(inheritance) };
}
