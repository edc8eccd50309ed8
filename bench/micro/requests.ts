/** Requests as a browser sends them, for the benches of this folder. */

export const FIELD_LINES: string = [
  "Host: www.example.org:8000",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Accept-Language: en-US,en;q=0.5",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Connection: keep-alive",
  "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark",
  "Cache-Control: max-age=0",
].join("\r\n");

export function requestText(path: string): string {
  return `GET ${path} HTTP/1.1\r\n${FIELD_LINES}\r\n\r\n`;
}

/** The heads of 64 pages of one site. */
export const HEADS: readonly string[] = Array.from({ length: 64 }, (_, i) =>
  requestText(`/shop/items/${i}?page=${i}`),
);
