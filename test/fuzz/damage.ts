/**
 * Damage to a stream of requests: bytes that parsers trip over, put where the meaning is.
 */
import * as fc from "fast-check";

/** What is put in: single bytes that parsers trip over, and whole lines. */
const insertions: readonly string[] = [
  ...'\r\n\0 \t\x0b\x0c\x7f\x80\xa0\xff:;,="\\#%+-0159AfxG_@['.split(""),
  "\r\n",
  "\n\n",
  "\r\n\r\n",
  "\r\n ",
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: identity\r\n",
  "Connection: close\r\n",
  "Host: b\r\n",
  "X: y\r\n",
  "0\r\n\r\n",
  "5\r\nhello\r\n",
  ";a=b",
  ",chunked",
  "HTTP/1.0",
];

type Damage = (text: string) => string;

const damage: fc.Arbitrary<(at: number) => Damage> = fc.oneof(
  fc.nat({ max: 255 }).map((byte) => (at: number) => (text: string) => {
    return text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
  }),
  fc.nat({ max: 7 }).map((bit) => (at: number) => (text: string) => {
    const byte = text.charCodeAt(at) ^ (1 << bit);
    return at < text.length
      ? text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1)
      : text;
  }),
  fc.constantFrom(...insertions).map((put) => (at: number) => (text: string) => {
    return text.slice(0, at) + put + text.slice(at);
  }),
  // At a line's start or end, where most of the meaning is.
  fc.constantFrom(...insertions).map((put) => (at: number) => (text: string) => {
    const line = text.indexOf("\r\n", at);
    const place = line < 0 ? text.length : line + (at % 2 === 0 ? 2 : 0);
    return text.slice(0, place) + put + text.slice(place);
  }),
  fc.integer({ min: 1, max: 6 }).map((length) => (at: number) => (text: string) => {
    return text.slice(0, at) + text.slice(at + length);
  }),
  fc.integer({ min: 1, max: 40 }).map((length) => (at: number) => (text: string) => {
    return text.slice(0, at + length) + text.slice(at);
  }),
);

/** The text with one to three things done to it. */
export function damaged(text: string): fc.Arbitrary<string> {
  return fc
    .array(fc.tuple(damage, fc.nat({ max: 4095 })), { minLength: 1, maxLength: 3 })
    .map((all) => all.reduce((now, [make, place]) => make(place % (now.length + 1))(now), text));
}
