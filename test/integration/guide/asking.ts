/** Requests to the programs that serve the guide's examples, as a browser or a balancer sends them. */
import { type RequestOptions, request as overHttp } from "node:http";
import { request as overTls } from "node:https";
import { connect } from "node:net";

import { type NodeAnswer, answerTo } from "../../support/node-request.ts";
import { openTls, serverName } from "../../support/tls-client.ts";

/** Far more than any answer takes; less than the minute after which a test file is ended. */
const BOUND_MS = 50_000;

export interface Answer extends NodeAnswer {
  readonly text: string;
}

export interface Wish extends Pick<RequestOptions, "method" | "localAddress" | "socketPath"> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly host?: string;
  readonly body?: Buffer;
  /** A client's certificate. */
  readonly cert?: string;
  readonly key?: string;
}

export function ask(port: number, path: string, wish: Wish = {}): Promise<Answer> {
  return send(overHttp, { port, path }, wish);
}

export function askTls(port: number, path: string, wish: Wish = {}): Promise<Answer> {
  const { host = "shop.example" } = wish;
  const options = { port, path, servername: host, rejectUnauthorized: false };
  return send(overTls, options, wish);
}

/** What the application of the examples tells of the request. */
export function environOf(answer: Answer): Record<string, string> {
  return JSON.parse(answer.text) as Record<string, string>;
}

async function send(
  program: typeof overHttp,
  options: RequestOptions,
  wish: Wish,
): Promise<Answer> {
  const { host = "shop.example", headers = {}, body, ...more } = wish;
  const request = program({
    hostname: "127.0.0.1",
    agent: false,
    ...options,
    ...more,
    headers: { host, connection: "close", ...headers },
  });
  const answer = await answerTo(request, body);
  return { ...answer, text: answer.bytes.toString() };
}

/** Sends bytes; resolves with all that comes until the other side ends the connection. */
export function untilEnd(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const timer = setTimeout(() => socket.destroy(new Error(`not ended: ${text}`)), BOUND_MS);
    socket.setEncoding("latin1").on("data", (piece: string) => (text += piece));
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
    socket.write(bytes);
  });
}

/** What a handshake comes to: the protocol that was chosen, and whose certificate was shown. */
export async function handshake(
  port: number,
  servername: string,
): Promise<{ readonly protocol: string; readonly name: string }> {
  const options = { port, servername, rejectUnauthorized: false };
  const socket = await openTls({ ...options, ALPNProtocols: ["h2", "http/1.1"] });
  const outcome = { protocol: socket.alpnProtocol || "", name: serverName(socket) };
  socket.destroy();
  return outcome;
}
