/**
 * Requests written by a grammar that is a little too wide. Most weights lie on what is ordinary, so
 * that several things in one stream go well and the parsers get past the first line.
 */
import * as fc from "fast-check";

function textOf(codes: readonly number[], maxLength: number, minLength = 0): fc.Arbitrary<string> {
  return fc
    .array(fc.constantFrom(...codes), { minLength, maxLength })
    .map((chosen) => String.fromCharCode(...chosen));
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

const visible = range(0x21, 0x7e);
const anyByte = range(0x00, 0xff);
const token = textOf([...Buffer.from("!#$%&'*+-.^_`|~09azAZ")], 8, 1);

const mostly = (usual: readonly string[], ...rare: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...usual) },
    ...rare.map((arbitrary) => ({ weight: 1, arbitrary })),
  );

const method = mostly(
  ["GET", "GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE"],
  token,
  fc.constantFrom("CONNECT", "SOURCE", "M-SEARCH", "PATCH", "get", "QUERY", "DESCRIBE"),
);
const target = mostly(
  ["/", "/a", "/a?b=c", "/a/b%20c?d", "http://example.org/x", "*"],
  textOf(visible, 12, 1),
  textOf(visible, 12).map((text) => `/${text}`),
  textOf(visible, 8).map((text) => `/?${text}`),
  textOf(visible, 8).map((text) => `http://${text}`),
  textOf(anyByte, 6).map((text) => `/${text}`),
  fc.constantFrom("//a", "?", "/%00", "/\\", "/#a", "a:1", "https://a", "HTTP://a/", "http:/a"),
);
const version = mostly(
  ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"],
  fc.constantFrom(
    "HTTP/1.2",
    "HTTP/0.9",
    "HTTP/2.0",
    "HTTP/1.10",
    "http/1.1",
    "RTSP/1.0",
    "ICE/1.0",
  ),
);
const space = mostly([" "], fc.constantFrom("  ", "\t", ""));
const lineEnd = fc.oneof(
  { weight: 60, arbitrary: fc.constant("\r\n") },
  { weight: 1, arbitrary: fc.constantFrom("\n", "\r", "\r\r\n", "\n\r", "\r\n ", "\r\n\t") },
);
const ows = mostly([" ", "", " "], fc.constantFrom("\t", " \t ", "  ", "\x0b", "\r\n "));

const fieldName = mostly(
  ["Accept", "X-A", "Cookie", "User-Agent", "Referer"],
  token,
  fc.constantFrom("Connection", "Proxy-Connection", "Keep-Alive", "Content-Type", "TE", "Trailer"),
  fc.constantFrom(
    "Content-Lengt",
    "Content-Lengthx",
    "Transfer-Encodin",
    "Transfer_Encoding",
    "Hos",
  ),
);
const fieldValue = mostly(
  ["*/*", "a", "a, b", "text/plain; q=0.5", ""],
  textOf([...visible, 0x20, 0x09, 0x80, 0xff], 12),
  textOf(anyByte, 6),
  fc.constantFrom(
    "close",
    "keep-alive",
    "close, keep-alive",
    "keep-alive, close",
    "closed",
    "x,close",
  ),
);
const fieldLine = fc
  .tuple(fieldName, mostly([":"], fc.constantFrom(" :", "", "::")), ows, fieldValue, ows, lineEnd)
  .map((parts) => parts.join(""));

const special = fc.oneof(
  fc.constantFrom("Connection: close", "Connection: keep-alive", "Connection: Close ,x"),
  fc.constantFrom("Expect: 100-continue", "Expect: x", "Expect: 100-Continue"),
  fc.constantFrom("Upgrade: websocket\r\nConnection: Upgrade", "Upgrade: h2c"),
  fc.constantFrom("Host: b", "Host:", "HOST : c", "Content-Type: a"),
);
const specialLine = fc.tuple(special, lineEnd).map((parts) => parts.join(""));

const host = mostly(
  ["Host: example.org\r\n", "host: a:80\r\n", "Host: [::1]\r\n"],
  fc.constantFrom("", "Host: \r\n", "Host: a b\r\n", "Host: a,b\r\n", "Host: a@b\r\n"),
  textOf(visible, 6).map((text) => `Host: ${text}\r\n`),
);

const contentLengthValue = (length: number): fc.Arbitrary<string> =>
  mostly(
    [String(length)],
    fc.constantFrom(`+${length}`, `0${length}`, `${length},${length}`, `${length} `, `${length} 1`),
    fc.constantFrom(`${"0".repeat(18)}${length}`, `0x${length}`, "", "18446744073709551621", "-1"),
    fc.integer({ min: 0, max: 20 }).map(String),
  );
const transferCoding = mostly(
  ["chunked"],
  fc.constantFrom(
    "Chunked",
    "chunked ",
    "chunked,",
    ",chunked",
    "chunked, chunked",
    "gzip, chunked",
  ),
  fc.constantFrom("identity", "gzip", "chunked, identity", "xchunked", "chunke", "\x0bchunked", ""),
);
const framingName = (name: string): fc.Arbitrary<string> =>
  mostly([name], fc.constantFrom(name.toLowerCase(), `${name} `, ` ${name}`, `${name}x`));

const bodyText = fc.oneof(
  textOf([...visible, 0x0d, 0x0a, 0x20, 0x00, 0xff], 20),
  fc.constantFrom("", "hello", "0\r\n\r\n", "\r\n", "GET /in HTTP/1.1\r\nHost: in\r\n\r\n"),
);

const extension = mostly(
  [""],
  fc.constantFrom(";a", ";a=b", ';a="b"', ';a="b\\"c";d', "; a = b", " ;a", ";a ", ";a=b "),
  fc.constantFrom(
    ";",
    ";a=",
    ";=b",
    ';a="',
    ";a;",
    " ",
    "\t",
    ";a\n",
    ";a\r",
    ";\x00",
    ';a="\x80"',
  ),
  textOf(anyByte, 4).map((text) => `;${text}`),
);
const chunk = fc
  .tuple(bodyText, mostly(["", "", "0", "00"], fc.constantFrom("+", "-", "0x", " ")), extension)
  .chain(([data, before, after]) =>
    fc.tuple(lineEnd, lineEnd).map(([one, two]) => {
      const size = data.length === 0 ? 1 : data.length;
      return `${before}${size.toString(16)}${after}${one}${data.length === 0 ? "x" : data}${two}`;
    }),
  );
const lastChunk = fc
  .tuple(
    mostly(
      ["0"],
      fc.constantFrom("00", "", "0 ", "0".repeat(18), `1${"0".repeat(16)}`, "f".repeat(17)),
    ),
    extension,
    lineEnd,
  )
  .map((parts) => parts.join(""));
const trailers = mostly(["", ""], fieldLine, specialLine, fc.constant("Content-Length: 5\r\n"));
const chunkedBody = fc
  .tuple(fc.array(chunk, { maxLength: 3 }), lastChunk, trailers, lineEnd)
  .map(([chunks, last, section, end]) => chunks.join("") + last + section + end);

/** Framing field lines and the body that belongs to them; not always the right one. */
const framed = fc.oneof(
  { weight: 4, arbitrary: fc.constant(["", ""]) },
  {
    weight: 4,
    arbitrary: bodyText.chain((body) =>
      fc
        .tuple(framingName("Content-Length"), ows, contentLengthValue(body.length), lineEnd)
        .map(([name, white, value, end]) => [`${name}:${white}${value}${end}`, body]),
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(framingName("Transfer-Encoding"), ows, transferCoding, lineEnd, chunkedBody)
      .map(([name, white, value, end, body]) => [`${name}:${white}${value}${end}`, body]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(transferCoding, fc.nat({ max: 20 }), fc.boolean(), chunkedBody)
      .map(([coding, length, first, body]) => {
        const lines = [`Transfer-Encoding: ${coding}\r\n`, `Content-Length: ${length}\r\n`];
        return [(first ? lines : lines.toReversed()).join(""), body];
      }),
  },
);

const requestLine = fc
  .tuple(method, space, target, space, version, lineEnd)
  .map((parts) => parts.join(""));

const request = fc
  .tuple(
    mostly(["", "", ""], fc.constantFrom("\r\n", "\r\n\r\n", "\n")),
    requestLine,
    host,
    fc.array(fc.oneof({ weight: 4, arbitrary: fieldLine }, { weight: 1, arbitrary: specialLine }), {
      maxLength: 3,
    }),
    framed,
    fc.boolean(),
    lineEnd,
  )
  .map(([before, line, hostLine, fields, [framing = "", body = ""], early, end]) => {
    const lines = early ? [framing, ...fields] : [...fields, framing];
    return before + line + hostLine + lines.join("") + end + body;
  });

/** One to three requests, one behind the other. */
export const pipelines: fc.Arbitrary<string> = fc
  .array(request, { minLength: 1, maxLength: 3 })
  .map((requests) => requests.join(""));
