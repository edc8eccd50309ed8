/** The golden frames of spec/vectors/ (its README.md explains the format), with runs written out. */
import type { FileOffer } from "../../src/wire/file-offer.ts";
import { read } from "../meta/tree.ts";

/** Of the frames from the front (wire §4). Texts and bodies: one character for each byte. */
export type FrontVector =
  | { readonly type: "constants"; readonly id: number; readonly entries: readonly string[] }
  | {
      readonly type: "request";
      readonly number: number;
      readonly fragment: readonly string[];
      readonly slots: readonly string[];
      readonly extra: readonly string[] | null;
      /** null: it follows, or lies in a file. */
      readonly body: Buffer | null;
      /** Where it lies when it is in a file. */
      readonly bodyFile: { readonly bytes: number; readonly path: string } | null;
    }
  | {
      readonly type: "body";
      readonly number: number;
      readonly data: Buffer;
      readonly last: boolean;
    }
  | { readonly type: "cancel"; readonly number: number }
  | { readonly type: "credit"; readonly number: number; readonly bytes: number }
  | { readonly type: "fileReply"; readonly number: number; readonly taken: boolean }
  | { readonly type: "clientEnded" | "timeout"; readonly number: number };

/** What a frame from a worker (wire §5) says; fields that its type has not are left out. */
export interface WorkerVector {
  readonly type: string;
  readonly number: number;
  readonly status: number;
  readonly last: boolean;
  readonly date?: boolean;
  readonly server?: boolean;
  readonly head?: string;
  /** -1: not known. */
  readonly contentLength?: number;
  /** Of a FILE. */
  readonly offer?: FileOffer;
  /** Of an ANSWER or BLOCK the body, of a FILE the path, else the payload. */
  readonly data: Buffer;
}

export interface Golden<V> {
  readonly name: string;
  readonly bytes: Buffer;
  readonly vector: V;
}

type Run = { readonly repeat: string; readonly times: number } | { readonly everyByte: number };
type Text = string | Run;

interface Row {
  readonly name: string;
  readonly hex: readonly Text[];
  readonly from?: string;
  readonly type: string;
  readonly id?: number;
  readonly number?: number;
  readonly status?: number;
  readonly bytes?: number;
  readonly last?: boolean;
  readonly bodyFollows?: boolean;
  readonly bodyFile?: { readonly bytes: number; readonly path: string };
  readonly flags?: readonly string[];
  readonly entries?: readonly string[];
  readonly fragment?: readonly Text[];
  readonly slots?: readonly string[];
  readonly extra?: readonly string[];
  readonly texts?: readonly string[];
  readonly numbers?: readonly number[];
  readonly head?: string;
  readonly contentLength?: number | null;
  readonly text?: string;
  readonly body?: Text;
  readonly data?: Text;
  readonly taken?: boolean;
  readonly offset?: number;
  readonly device?: string;
  readonly inode?: string;
  readonly path?: string;
}

export const FROM_FRONT: readonly Golden<FrontVector>[] = rows("from-front").map((row) => ({
  name: `${row.type}: ${row.name}`,
  bytes: bytesOf(row.hex),
  vector: frontVector(row),
}));

export const FROM_WORKER: readonly Golden<WorkerVector>[] = rows("from-worker").map((row) => ({
  name: `${row.type}: ${row.name}`,
  bytes: bytesOf(row.hex),
  vector: workerVector(row),
}));

/** What the front must refuse. */
export const MALFORMED_FROM_WORKER: readonly { readonly name: string; readonly bytes: Buffer }[] =
  rows("malformed")
    .filter(({ from }) => from === "worker")
    .map(({ name, hex }) => ({ name, bytes: bytesOf(hex) }));

function rows(file: string): readonly Row[] {
  const { frames } = JSON.parse(read(`spec/vectors/${file}.json`)) as { frames: readonly Row[] };
  return frames;
}

function frontVector(row: Row): FrontVector {
  const number = row.number ?? 0;
  switch (row.type) {
    case "constants":
      return { type: "constants", id: row.id ?? 0, entries: row.entries ?? [] };
    case "request":
      return {
        type: "request",
        number,
        fragment: (row.fragment ?? []).map(text),
        slots: row.slots ?? [],
        extra: row.extra ?? null,
        body: row.bodyFollows === true || row.bodyFile !== undefined ? null : latin1(row.body),
        bodyFile: row.bodyFile ?? null,
      };
    case "body":
      return { type: "body", number, data: latin1(row.data), last: row.last === true };
    case "cancel":
      return { type: "cancel", number };
    case "credit":
      return { type: "credit", number, bytes: row.bytes ?? -1 };
    case "fileReply":
      return { type: "fileReply", number, taken: row.taken === true };
    case "clientEnded":
    case "timeout":
      return { type: row.type, number };
    default:
      throw new TypeError(`spec/vectors/from-front.json: ${row.type}`);
  }
}

function workerVector(row: Row): WorkerVector {
  const flags = row.flags ?? [];
  const common = {
    type: row.type,
    number: row.number ?? 0,
    status: row.status ?? 0,
    last: row.last ?? flags.includes("last"),
  };
  if (row.type !== "answer" && row.type !== "file") return { ...common, data: workerPayload(row) };
  const file = row.type === "file" ? { offer: fileOffer(row) } : {};
  return {
    ...common,
    ...file,
    date: flags.includes("date"),
    server: flags.includes("server"),
    head: row.head ?? "",
    contentLength: row.contentLength ?? -1,
    data: latin1(row.type === "file" ? row.path : row.body),
  };
}

function fileOffer(row: Row): FileOffer {
  const flags = row.flags ?? [];
  const fieldOrigin = flags.includes("accel") ? "x-accel-redirect" : "handed";
  return {
    origin: flags.includes("sendfile") ? "x-sendfile" : fieldOrigin,
    path: latin1(row.path),
    offset: row.offset ?? -1,
    length: row.contentLength ?? -1,
    device: BigInt(row.device ?? -1),
    inode: BigInt(row.inode ?? -1),
  };
}

function workerPayload(row: Row): Buffer {
  switch (row.type) {
    case "hello":
    case "ready":
    case "bootFailed":
      return Buffer.from((row.texts ?? []).join("\0"), "utf8");
    case "log":
      return Buffer.from(row.text ?? "", "utf8");
    case "want":
      return numbersOf([row.bytes ?? -1]);
    case "handback":
      return numbersOf(row.numbers ?? []);
    default:
      return latin1(row.data ?? "");
  }
}

function numbersOf(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [i, number] of numbers.entries()) bytes.writeUInt32LE(number, i * 4);
  return bytes;
}

function bytesOf(hex: readonly Text[]): Buffer {
  const parts = hex.map((part) =>
    typeof part === "object" && "everyByte" in part
      ? latin1(part)
      : Buffer.from(text(part).replaceAll(" ", ""), "hex"),
  );
  return Buffer.concat(parts);
}

function latin1(value: Text | undefined): Buffer {
  if (value === undefined) throw new TypeError("spec/vectors: a frame without its bytes");
  return Buffer.from(text(value), "latin1");
}

function text(value: Text): string {
  if (typeof value === "string") return value;
  if ("repeat" in value) return value.repeat.repeat(value.times);
  return Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    .toString("latin1")
    .repeat(value.everyByte);
}
