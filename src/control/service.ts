/** Makes what all connections share from the settings. */
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";

import type { Log } from "../base/log.ts";
import { isTrustedPeer } from "../base/trusted-peers.ts";
import { openFiles } from "../files/open-files.ts";
import { FileSource } from "../files/file-source.ts";
import { TemporaryFiles } from "../files/temporary-files.ts";
import { AddedFields, SECURITY_FIELDS } from "../http/added-fields.ts";
import { DateLine } from "../http/date.ts";
import { DEFAULT_LIMITS } from "../http1/limits.ts";
import { BufferMemory } from "../listen/buffer-memory.ts";
import { ConnectionCounts, addressKey } from "../listen/connection-counts.ts";
import type { Runner, Service } from "../listen/service.ts";
import { ProxyGreetings } from "../listen/proxy-greetings.ts";
import { TurnedAway } from "../listen/turned-away.ts";
import type { ErrorLog } from "../log/error-log.ts";
import { PasswordVerifier } from "../passwords/password-verifier.ts";
import type { Settings } from "../options/settings.ts";
import { Statsd } from "../log/statsd.ts";
import { parseStatsdAddress } from "../options/statsd-address.ts";
import { makeCompression } from "./compression.ts";
import { chooseConnectionLimits, openFilesLimit } from "./connection-limits.ts";
import { makeFieldRules } from "./field-rules.ts";
import type { Logs } from "./logs.ts";
import type { Place } from "./place.ts";
import { RulesGate } from "./rules-gate.ts";

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);

/** What a server has from its start to its end, whatever a reload changes. */
export interface LastingParts {
  /** See `Service.stopping`. */
  stopping: boolean;
  readonly connectionCounts: ConnectionCounts;
  readonly turnedAway: TurnedAway;
  readonly bufferMemory: BufferMemory;
  readonly logs: Logs;
  readonly statsd: Statsd | null;
  /** What it remembers outlives a reload. */
  readonly verifier: PasswordVerifier;
}

/** @param workers - of all sites. */
export function makeLastingParts(
  settings: Settings,
  workers: number,
  log: ErrorLog,
  logs: Logs,
): LastingParts {
  const limits = chooseConnectionLimits(settings, workers, openFilesLimit());
  if (limits.warning !== "") log.write("warning", limits.warning);
  const connectionCounts = new ConnectionCounts(limits, () => openFiles.count);
  return {
    stopping: false,
    connectionCounts,
    turnedAway: new TurnedAway(connectionCounts),
    bufferMemory: new BufferMemory(settings.bufferTotalBytes),
    logs,
    statsd: openStatsd(settings, log),
    verifier: new PasswordVerifier(),
  };
}

/** Null: nobody wants metrics. */
function openStatsd(settings: Settings, log: ErrorLog): Statsd | null {
  if (settings.statsdHost === null) return null;
  const address = parseStatsdAddress(settings.statsdHost);
  if (!address.ok) return null; // `findPlace` has refused it.
  let isTold = false;
  const prefix = settings.statsdPrefix ?? "";
  const tags = settings.dogstatsdTags ?? "";
  const statsd = new Statsd({ ...address.value, prefix, tags }, (error) => {
    // Most often nobody listens there; that would be told for each datagram.
    if (!isTold) log.write("warning", `Metrics can't be sent to --statsd-host: ${error.message}`);
    isTold = true;
  });
  log.onEntry = (level) => statsd.logged(level);
  return statsd;
}

/** What of the place is for connections. */
export type ServedPlace = Pick<Place, "sendfileRoots" | "gateRules" | "errorPages">;

/**
 * What connections share that begin while these settings count.
 */
export function makeService(
  settings: Settings,
  { sendfileRoots, gateRules, errorPages }: ServedPlace,
  runner: Runner,
  log: Log,
  lasting: LastingParts,
  { mount, sharesFiles }: Pick<Service, "mount" | "sharesFiles">,
): Service {
  const idPrefix = randomBytes(4).toString("hex");
  let lastId = 0;
  const takesProxyHeaders = settings.proxyProtocol !== "off";
  // A proxy speaks for many clients, and what stands on this machine may be one.
  const isProxy = (address: string): boolean =>
    LOOPBACK.has(address) ||
    isTrustedPeer(settings.forwardedAllowIps, address) ||
    (takesProxyHeaders && isTrustedPeer(settings.proxyAllowFrom, address));
  return {
    runner,
    mount,
    sharesFiles,
    limits: {
      ...DEFAULT_LIMITS,
      maxRequestLineBytes: settings.limitRequestLineBytes,
      maxFields: settings.limitRequestFields,
      maxFieldLineBytes: settings.limitRequestFieldSizeBytes,
      maxHeadBytes: settings.limitRequestHeadBytes,
      maxBodyBytes: settings.limitRequestBodyBytes,
    },
    timeouts: {
      headerMs: settings.headerTimeoutMs,
      bodyMs: settings.bodyTimeoutMs,
      bodyByteMs: 1000 / settings.bodyMinRateBytes,
      writeMs: settings.writeTimeoutMs,
      keepAliveMs: settings.keepAliveMs,
    },
    streamsBodies: settings.noRequestBuffering,
    requestBufferBytes: settings.requestBufferBytes,
    responseBufferBytes: settings.responseBufferBytes,
    responseTempBytes: settings.responseTempLimitBytes,
    bufferMemory: lasting.bufferMemory,
    temporaryFiles: new TemporaryFiles(settings.bodyTempDir ?? tmpdir()),
    files: new FileSource(sendfileRoots),
    staticFiles: null,
    maxStreams: settings.http2MaxConcurrentStreams,
    compression: makeCompression(settings, lasting.bufferMemory),
    gate: gateRules === null ? null : new RulesGate(gateRules, lasting.verifier),
    errorPages,
    addedFields: settings.securityHeaders ? new AddedFields(SECURITY_FIELDS) : null,
    dateLine: new DateLine(),
    log,
    access: accessOf(lasting),
    connectionCounts: lasting.connectionCounts,
    turnedAway: lasting.turnedAway,
    countedAs: (address) => (isProxy(address) ? "" : addressKey(address)),
    get stopping() {
      return lasting.stopping;
    },
    nextRequestId: () => `${idPrefix}-${(++lastId).toString(36)}`,
    fieldRules: makeFieldRules(settings, log),
    proxyGreetings:
      settings.proxyProtocol === "off"
        ? null
        : new ProxyGreetings(settings.proxyProtocol, settings.proxyAllowFrom),
  };
}

function accessOf({ logs: { access }, statsd }: LastingParts): Service["access"] {
  if (statsd === null) return access === null ? null : (entry) => access.write(entry);
  return (entry) => {
    access?.write(entry);
    statsd.request(entry.status, entry.durationMs);
  };
}
