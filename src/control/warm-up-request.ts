/**
 * The setting `--warmup` as a request: PATH, or http://HOST/PATH for an application that looks at
 * Host, or https://HOST/PATH for one that answers nothing but a redirect to other requests.
 */
import { requestSlots } from "../gateway/request-environ.ts";
import { DEFAULT_LIMITS } from "../http1/limits.ts";
import { RequestParser } from "../http1/request-parser.ts";
import type { WarmUpPlan } from "../workers/warm-up.ts";

/** A host, a path, or both. */
const FORM = /^(?:(?=\/)|(https?):\/\/([^/\s]+))(\/\S*)?$/;

/**
 * Null: no request can be made of the text.
 * @param constantsId - of the listener that the request seems to come through.
 */
export function warmUpRequest(text: string, constantsId: number): WarmUpPlan | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, scheme = "", host = "localhost", path = "/"] = match;
  const parser = new RequestParser(DEFAULT_LIMITS);
  parser.receive(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
  const head = parser.next();
  if (head.kind !== "head") return null;
  const fields = ["SERVER_PROTOCOL", "HTTP/1.1", "HTTP_HOST", host, "HTTP_ACCEPT", "*/*"];
  fields.push("HTTP_USER_AGENT", "wizgy-warmup");
  if (scheme === "https") fields.push("wsgi.url_scheme", scheme, "HTTPS", "on");
  const content = {
    fragment: Buffer.from([String(constantsId), ...fields].join("\0"), "latin1"),
    slots: requestSlots(head, "127.0.0.1", "0"),
    hasExtra: false,
    body: null,
    bodyFollows: false,
    bodyInFile: false,
  };
  return { target: path, content };
}
