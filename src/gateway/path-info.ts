/** PATH_INFO (PEP 3333 "environ Variables"): the path, percent-decoded, its bytes as latin-1. */

const PERCENT = 0x25;

/**
 * Decodes each well-formed `%XX` to one character of that code. A `%` that starts no such triplet
 * stays as it is: what it means is the application's business.
 */
export function decodePath(path: string): string {
  let percent = path.indexOf("%");
  if (percent < 0) return path;
  let decoded = "";
  let start = 0;
  while (percent >= 0) {
    const high = hexDigit(path.charCodeAt(percent + 1));
    const low = hexDigit(path.charCodeAt(percent + 2));
    if (high < 0 || low < 0) {
      percent = path.indexOf("%", percent + 1);
      continue;
    }
    decoded += path.slice(start, percent) + String.fromCharCode(high * 16 + low);
    start = percent + 3;
    percent = path.charCodeAt(start) === PERCENT ? start : path.indexOf("%", start);
  }
  return decoded + path.slice(start);
}

/** The other way: bytes that have no place in a path (RFC 3986 §3.3) as `%XX`. */
export function encodePath(path: string): string {
  return path.replace(/[^\w.~!$&'()*+,;=:@/-]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`;
  });
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const folded = code | 0x20;
  return folded >= 0x61 && folded <= 0x66 ? folded - 0x57 : -1;
}
