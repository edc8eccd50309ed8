/**
 * Field lines that repeat on a connection: they are parsed once and encoded for the worker once, as long as the
 * text is the same. The plain twin parses and encodes each time.
 */
import { encodeFields, type FieldRules } from "../../src/gateway/request-fields.ts";
import { listenerConstants } from "../../src/gateway/request-environ.ts";
import { HeadParser } from "../../src/http1/head-parser.ts";
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import { compare } from "./compare.ts";
import { HEADS } from "./requests.ts";

const RULES: FieldRules = {
  proxies: { everyPeer: false, unixPeers: false, networks: [] },
  reads: new Set(),
  refusesUnderscores: false,
  onDropped: () => {},
  onUntrusted: () => {},
};
const SENDER = { remoteAddress: "127.0.0.1", isTrusted: false };
const PLACE = { serverName: "localhost", serverPort: 8000, scheme: "http" } as const;
const CONSTANTS = listenerConstants(1, PLACE, "wizgy");

function parseAndEncode(remember: boolean): (count: number) => number {
  return (count) => {
    const parser = new HeadParser(DEFAULT_LIMITS, remember);
    let bytes = 0;
    for (let i = 0; i < count; i++) {
      const text = HEADS[i % HEADS.length]!;
      const head = parser.parse(text, 0, text.length);
      if (head.kind === "fault") throw new Error(head.code);
      if (head.fields.environ === null) encodeFields(head.fields, CONSTANTS, RULES, SENDER);
      bytes += head.fields.environ!.length;
    }
    return bytes;
  };
}

compare("field-line memo: eight field lines under a new path, parsed and encoded", 10_000, [
  { name: "the lines of before, remembered", run: parseAndEncode(true) },
  { name: "plain", run: parseAndEncode(false) },
]);
