/** One client's view of a server, whatever lies between: the transports that the contract is tried on. */
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connect as connectTls } from "node:tls";

import { answerTo } from "../support/node-request.ts";

const BOUND_MS = 15_000;

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer | string;
  /** The length of the body is announced; it is unless this is false. */
  readonly announced?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Link fields of 103 answers. */
  readonly hints: readonly string[];
}

export interface Client {
  /** Rejects when the answer breaks off. */
  ask(path: string, question?: Question): Promise<Reply>;
  close(): void;
}

export type Place =
  | { readonly kind: "tcp"; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tls"; readonly port: number; readonly ca: string };

/** HTTP/1.1; a connection for each request. */
export function http1Client(place: Place): Client {
  return {
    ask: async (path, question = {}) => {
      const { method = "GET", headers = {}, body = "", announced = true } = question;
      const length =
        method === "GET" || !announced ? {} : { "Content-Length": Buffer.byteLength(body) };
      const common = { method, path, headers: { ...headers, ...length }, agent: false };
      const asked =
        place.kind === "tls"
          ? requestHttps({ ...common, host: "127.0.0.1", port: place.port, ca: place.ca })
          : requestHttp(
              place.kind === "unix"
                ? { ...common, socketPath: place.path }
                : { ...common, host: "127.0.0.1", port: place.port },
            );
      const hints: string[] = [];
      asked.on("information", ({ headers: told }) => hints.push(String(told["link"])));
      const { bytes, ...head } = await answerTo(asked, body);
      return { ...head, body: bytes, hints };
    },
    close: () => {},
  };
}

/** HTTP/2; one connection for all requests. */
export function http2Client(place: Place): Client {
  let session: ClientHttp2Session | null = null;
  // In megabytes: with its default Node's client gives up requests while it sends large bodies.
  const memory = { maxSessionMemory: 100 };
  const open = (): ClientHttp2Session => {
    if (session !== null && !session.closed && !session.destroyed) return session;
    session =
      place.kind === "tls"
        ? connectHttp2(`https://127.0.0.1:${place.port}`, {
            ...memory,
            createConnection: () =>
              connectTls({
                host: "127.0.0.1",
                port: place.port,
                ca: place.ca,
                ALPNProtocols: ["h2"],
              }),
          })
        : connectHttp2(`http://127.0.0.1:${place.kind === "tcp" ? place.port : 0}`, memory);
    session.on("error", () => {}); // Its streams tell.
    return session;
  };
  return {
    ask: (path, question = {}) =>
      new Promise((resolve, reject) => {
        const { method = "GET", headers = {}, body = "", announced = true } = question;
        const hasBody = method !== "GET" && method !== "HEAD";
        const length = hasBody && announced ? { "content-length": Buffer.byteLength(body) } : {};
        const stream = open().request(
          { ":method": method, ":path": path, ...headers, ...length },
          { endStream: !hasBody },
        );
        const pieces: Buffer[] = [];
        const hints: string[] = [];
        let status = 0;
        let told: Reply["headers"] = {};
        stream.setTimeout(BOUND_MS, () => stream.destroy(new Error("no answer")));
        stream.on("headers", (interim) => hints.push(String(interim["link"])));
        stream.on("response", (fields) => {
          status = fields[":status"] ?? 0;
          told = fields;
        });
        stream.on("data", (piece: Buffer) => pieces.push(piece));
        stream.on("error", reject);
        stream.on("close", () => {
          if (stream.rstCode !== 0) reject(new Error(`reset with ${stream.rstCode}`));
          else resolve({ status, headers: told, body: Buffer.concat(pieces), hints });
        });
        if (hasBody) stream.end(body);
      }),
    close: () => session?.destroy(),
  };
}
