/**
 * Where a site is mounted: the beginning of the path that is SCRIPT_NAME to the application, while the
 * rest is PATH_INFO (PEP 3333 "environ Variables").
 *
 * What the application would see counts: `/%73hop` is `/shop`. The rest stays as it was sent, because it
 * is decoded later, once.
 */
import { decodePath } from "../gateway/path-info.ts";

/**
 * The path behind the mount, percent-encoded as it was sent: "" or what begins with a slash; null: the path is not
 * below it. `/shop` has `/shop` and `/shop/x` below it, `/shopping` not.
 * @param mount - decoded, without a slash at its end.
 * @param sent - the path of the request target.
 */
export function behindMount(mount: string, sent: string): string | null {
  if (mount === "") return sent;
  if (!sent.includes("%")) {
    if (!sent.startsWith(mount)) return null;
    return isBoundary(sent.slice(mount.length)) ? sent.slice(mount.length) : null;
  }
  const decoded = decodePath(sent);
  if (!decoded.startsWith(mount) || !isBoundary(decoded.slice(mount.length))) return null;
  return sent.slice(sentLength(sent, mount.length));
}

function isBoundary(rest: string): boolean {
  return rest === "" || rest.startsWith("/");
}

/** How much of what was sent decodes to so many characters. */
function sentLength(sent: string, length: number): number {
  let end = 0;
  for (let count = 0; count < length; count++) {
    const isTriplet = sent[end] === "%" && decodePath(sent.slice(end, end + 3)).length === 1;
    end += isTriplet ? 3 : 1;
  }
  return end;
}
