/** Request heads as a protocol would hand them on, for the tests of the gateway. */
import type { FieldBlock, RequestHead } from "../../src/http/request-head.ts";

export type Line = readonly [name: string, value: string];

export function fieldBlock(lines: readonly Line[], version: 10 | 11 = 11): FieldBlock {
  return {
    names: lines.map(([name]) => name),
    values: lines.map(([, value]) => value),
    lowerNames: lines.map(([name]) => name.toLowerCase()),
    framing: "none",
    contentLength: 0,
    host: lines.find(([name]) => name.toLowerCase() === "host")?.[1] ?? null,
    connectionClose: false,
    connectionKeepAlive: false,
    expectContinue: false,
    version,
    environ: null,
    origin: null,
  };
}

export function requestHead(fields: FieldBlock, different: Partial<RequestHead> = {}): RequestHead {
  return {
    kind: "head",
    method: "GET",
    target: "/",
    path: "/",
    query: "",
    version: fields.version,
    fields,
    keepAlive: true,
    host: fields.host,
    ...different,
  };
}
