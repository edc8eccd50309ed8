/**
 * What every connection of a server shares: limits, times, where requests go, what is counted.
 * Made once by `server.ts`.
 */
import type { Log } from "../base/log.ts";
import type { ListenerConstants } from "../gateway/request-environ.ts";
import type { FieldRules } from "../gateway/request-fields.ts";
import type { ErrorPages } from "../access/error-pages.ts";
import type { AccessEntry } from "../http/access-entry.ts";
import type { AddedFields } from "../http/added-fields.ts";
import type { DateLine } from "../http/date.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { ParserLimits } from "../http1/limits.ts";
import type { Job } from "../pool/job.ts";
import type { BufferMemory } from "./buffer-memory.ts";
import type { Compression } from "./compression.ts";
import type { ConnectionCounts } from "./connection-counts.ts";
import type { Security } from "./security.ts";
import type { Gate } from "./gate.ts";
import type { FileSource } from "./file-source.ts";
import type { SiteTable } from "../site/site-table.ts";
import type { StaticSource } from "./static-source.ts";
import type { ProxyGreetings } from "./proxy-greetings.ts";
import type { TemporaryFiles } from "./temporary-file.ts";
import type { TurnedAway } from "./turned-away.ts";

/** What an access entry takes from the request. */
export function requestEntry(
  head: RequestHead,
): Pick<
  AccessEntry,
  "method" | "target" | "host" | "version" | "referer" | "userAgent" | "fields"
> {
  const { method, target, version, fields } = head;
  const host = fields.origin?.host ?? head.host ?? "";
  const { lowerNames, values } = fields;
  const referer = values[lowerNames.indexOf("referer")] ?? "";
  const userAgent = values[lowerNames.indexOf("user-agent")] ?? "";
  return { method, target, host, version, referer, userAgent, fields };
}

/** Where requests are run. */
export interface Runner {
  /** False: too many are waiting already. */
  submit(job: Job): boolean;
  cancel(job: Job): void;
  /** When a client that was turned away may try again; whole seconds, at least 1. */
  readonly retryAfterSeconds: number;
}

/** RFC 9110 §10.2.3 */
export function retryAfterLine(runner: Runner): string {
  return `Retry-After: ${runner.retryAfterSeconds}\r\n`;
}

export interface Timeouts {
  readonly headerMs: number;
  readonly bodyMs: number;
  /** What each byte of a body adds to the time it may take, beyond `bodyMs`. */
  readonly bodyByteMs: number;
  readonly writeMs: number;
  readonly keepAliveMs: number;
}

export interface Service {
  readonly runner: Runner;
  /** The beginning of the path that is SCRIPT_NAME: decoded, without a slash at its end; usually "". */
  readonly mount: string;
  readonly limits: ParserLimits;
  readonly timeouts: Timeouts;
  /** Bodies are handed on as they come, instead of being collected before the request is run. */
  readonly streamsBodies: boolean;
  /** A collected body beyond this many bytes goes to a temporary file. */
  readonly requestBufferBytes: number;
  /** Bytes of answers that a connection keeps in memory for its client. */
  readonly responseBufferBytes: number;
  /** What is beyond that goes to a temporary file up to this size; 0: there is none. */
  readonly responseTempBytes: number;
  /** What all connections together keep in memory. */
  /** How many requests an HTTP/2 connection may have under way. */
  readonly maxStreams: number;
  readonly bufferMemory: BufferMemory;
  readonly temporaryFiles: TemporaryFiles;
  /** Whether the workers may open them. */
  readonly sharesFiles: boolean;
  readonly files: FileSource;
  /** Files in folders that are sent without the application; null: there are none. */
  staticFiles: StaticSource | null;
  /** Decides about requests before anybody answers them; null: there are no rules. */
  readonly gate: Gate | null;
  /** For errors that are answered in the application's place; null: they are told in a line of text. */
  readonly errorPages: ErrorPages | null;
  /** Fields that answers get which don't have them; null: none. */
  readonly addedFields: AddedFields | null;
  /** Null: answers go out as the application made them. */
  readonly compression: Compression | null;
  readonly dateLine: DateLine;
  readonly log: Log;
  /** Null: nobody wants to know. */
  readonly access: ((entry: AccessEntry) => void) | null;
  readonly connectionCounts: ConnectionCounts;
  readonly turnedAway: TurnedAway;
  /** What a client's address counts as in them. */
  countedAs(address: string): string;
  /** True from the moment the server stops: answers then end their connections. */
  readonly stopping: boolean;
  /** Makes a new request id: short, unique in this process. */
  nextRequestId(): string;
  /** What may be in a request's fields, and who is believed. */
  readonly fieldRules: FieldRules;
  /** Null: connections begin without a header of the PROXY protocol. */
  readonly proxyGreetings: ProxyGreetings | null;
}

/** One of several applications that share a listener. */
export interface ServedSite {
  /** A reload puts another one here, which counts from the next request on. */
  service: Service;
}

/** What a listener adds. */
export interface ListenerView {
  /** Which request is for which application; null: there is one, and all are for it. */
  readonly sites: SiteTable<ServedSite> | null;
  readonly constants: ListenerConstants;
  /** Its peers have no addresses. */
  readonly isUnix: boolean;
  /** Null: connections are not encrypted. */
  readonly security: Security | null;
  /** Field lines for each answer, each with its CRLF; usually none. */
  readonly strictTransport: string;
  /** Requests are sent on to https:// at this port; 0: they are served. */
  readonly redirectPort: number;
  /** HTTP/2 is spoken to who begins with it, without TLS. */
  readonly knowsHttp2: boolean;
}
