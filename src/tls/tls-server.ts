/**
 * TLS for the connections of all listeners: handshakes, bounded in time and number, and certificates
 * that are read again when their files change. Connections that are open keep what they have.
 */
import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Socket } from "node:net";
import { type SecureContext, type TLSSocket, type Server, createServer } from "node:tls";

import type { Log } from "../base/log.ts";
import { type CertificateFault, isFault } from "./certificates.ts";
import { clientCertificateEntries } from "./client-certificate.ts";
import { type SecureContexts, type TlsChoices, loadContexts } from "./secure-contexts.ts";

/**
 * How often the files are looked at. A change counts when they look the same twice: who renews them
 * writes one after the other.
 */
const LOOK_MS = 2_000;
/** Who gets hold of the keys of session tickets can read what was sent under them. */
const TICKET_KEYS_MS = 12 * 3_600_000;
const TICKET_KEY_BYTES = 48;

export interface TlsServerOptions extends TlsChoices {
  readonly clientCertificates: "none" | "optional" | "required";
  readonly handshakeMs: number;
  /**
   * How many may be under way. One more ends the oldest: a client that is there needs milliseconds, so
   * who waits longest is the one that keeps places on purpose.
   */
  readonly maxHandshakes: number;
  /** Protocols for ALPN (RFC 7301), the best first. */
  readonly protocols: readonly string[];
}

/** `reason`: without the file and line of OpenSSL's source. */
type OpenSslError = Error & { readonly reason?: string };

interface Secured {
  readonly socket: TLSSocket;
  readonly environ: string;
}

export class TlsServer {
  readonly #options: TlsServerOptions;
  readonly #log: Log;
  readonly #server: Server;
  readonly #look: NodeJS.Timeout;
  /** In order of age. */
  readonly #shaking: Map<Socket, (connection: Secured | null) => void> = new Map();
  #contexts: SecureContexts;
  #ticketKeys: Buffer;
  #keysDueAtMs: number;
  /** What the files looked like when they were read, and at the last look. */
  #read = "";
  #seen = "";

  /** @returns the sentence that says what is wrong with the files. */
  static async open(options: TlsServerOptions, log: Log): Promise<TlsServer | CertificateFault> {
    const ticketKeys = randomBytes(TICKET_KEY_BYTES);
    const contexts = loadContexts(options, ticketKeys, new Date());
    if (isFault(contexts)) return contexts;
    const server = new TlsServer(options, contexts, ticketKeys, log);
    server.#read = await server.#filesAsTheyAre();
    server.#seen = server.#read;
    return server;
  }

  private constructor(
    options: TlsServerOptions,
    contexts: SecureContexts,
    ticketKeys: Buffer,
    log: Log,
  ) {
    this.#options = options;
    this.#contexts = contexts;
    this.#ticketKeys = ticketKeys;
    this.#keysDueAtMs = performance.now() + TICKET_KEYS_MS;
    this.#log = log;
    this.#server = createServer({
      ...contexts.options,
      requestCert: options.clientCertificates !== "none",
      rejectUnauthorized: options.clientCertificates === "required",
      handshakeTimeout: options.handshakeMs,
      ALPNProtocols: [...options.protocols],
      SNICallback: (name, done) => done(null, this.#find(name)),
      pauseOnConnect: true,
    });
    this.#server.on("secureConnection", (socket) => this.#secured(socket));
    // Node destroys the socket after an error of OpenSSL's, but not when the time is over.
    this.#server.on("tlsClientError", (error: OpenSslError, socket) => {
      this.#tell(error.reason ?? error.message);
      socket.destroy();
    });
    this.#look = setInterval(() => void this.#lookAtFiles(), LOOK_MS);
    this.#look.unref();
  }

  shake(raw: Socket, done: (connection: Secured | null) => void): void {
    if (this.#shaking.size >= this.#options.maxHandshakes) this.#endOldest();
    this.#shaking.set(raw, done);
    raw.on("error", () => {}); // "close" follows.
    raw.once("close", () => this.#end(raw, null));
    // Who ends in the middle of a handshake has gone; behind it, it may still wait for an answer.
    raw.allowHalfOpen = false;
    this.#server.emit("connection", raw);
  }

  stop(): void {
    for (const raw of this.#shaking.keys()) raw.destroy();
    clearInterval(this.#look);
  }

  #end(raw: Socket, connection: Secured | null): void {
    const done = this.#shaking.get(raw);
    this.#shaking.delete(raw);
    if (done !== undefined) done(connection);
    else connection?.socket.destroy();
  }

  #endOldest(): void {
    for (const raw of this.#shaking.keys()) {
      this.#end(raw, null);
      raw.destroy();
      this.#tell("too many handshakes at once");
      return;
    }
  }

  /** `undefined` asks Node for the server's own context; its types do not know that. */
  #find(name: string): SecureContext {
    return (this.#contexts.find(name) ?? undefined) as SecureContext;
  }

  #secured(socket: TLSSocket): void {
    // `_parent` is not documented; TLSSocket has had it since it exists.
    const { _parent: raw } = socket as unknown as { readonly _parent: Socket };
    socket.allowHalfOpen = true;
    // A client has no use for it, and each one costs the server a handshake.
    socket.disableRenegotiation();
    if (this.#options.clientCertificates === "none") {
      this.#end(raw, { socket, environ: "" });
      return;
    }
    // "optional": none is fine, one that nobody vouches for is not.
    if (!socket.authorized && "raw" in socket.getPeerCertificate()) {
      this.#tell(`the client's certificate is not accepted: ${String(socket.authorizationError)}`);
      socket.destroy();
      return;
    }
    this.#end(raw, { socket, environ: clientCertificateEntries(socket) });
  }

  #tell(reason: string): void {
    this.#log.write("debug", `TLS handshake: ${reason}`);
  }

  // Files that change

  async #lookAtFiles(): Promise<void> {
    const seen = await this.#filesAsTheyAre();
    const changed = seen !== this.#read && seen === this.#seen;
    this.#seen = seen;
    const keysAreDue = performance.now() >= this.#keysDueAtMs;
    if (!changed && !keysAreDue) return;
    this.#read = seen;
    if (keysAreDue) {
      this.#ticketKeys = randomBytes(TICKET_KEY_BYTES);
      this.#keysDueAtMs = performance.now() + TICKET_KEYS_MS;
    }
    const contexts = loadContexts(this.#options, this.#ticketKeys, new Date());
    if (isFault(contexts)) {
      if (changed)
        this.#log.write("error", `The certificates stay as they are: ${contexts.message}`);
      return;
    }
    this.#contexts = contexts;
    this.#server.setSecureContext(contexts.options);
    if (!changed) return;
    const until = contexts.certificates[0]?.notAfter.toISOString().slice(0, 10) ?? "";
    this.#log.write("info", `The certificates were read again; the first is valid until ${until}.`);
  }

  async #filesAsTheyAre(): Promise<string> {
    const { pairs, caCerts } = this.#options;
    const paths = pairs.flatMap(({ certfile, keyfile }) => [certfile, keyfile]);
    if (caCerts !== null) paths.push(caCerts);
    const marks = await Promise.all(
      paths.map((path) =>
        stat(path).then(
          ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
          () => "",
        ),
      ),
    );
    return marks.join();
  }
}
