/**
 * A file of users and their passwords, as Apache's `htpasswd -B` makes it: `user:hash` on each line.
 * Hashes of bcrypt alone: the others that such files may hold are guessed too quickly today.
 */

export interface PasswordFile {
  /** Hash by name; names are UTF-8 bytes as latin-1. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** What is wrong; the end of a sentence that begins with the file's name. */
export interface PasswordFileFault {
  readonly fault: string;
}

const HASH = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** Each step doubles the time: 15 takes seconds. */
const MIN_COST = 4;
const MAX_COST = 14;

/** @param text - the file, UTF-8. */
export function readPasswordFile(text: string): PasswordFile | PasswordFileFault {
  const hashes = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    const hash = line.slice(colon + 1).trim();
    const place = `line ${index + 1}`;
    if (name === "") return { fault: `${place} is not user:hash` };
    const cost = Number(HASH.exec(hash)?.[1] ?? 0);
    if (cost === 0) {
      return { fault: `${place}: the password of ${name} is not hashed with bcrypt (htpasswd -B)` };
    }
    if (cost < MIN_COST || cost > MAX_COST) {
      return { fault: `${place}: a cost from ${MIN_COST} to ${MAX_COST} is taken, not ${cost}` };
    }
    hashes.set(Buffer.from(name, "utf8").toString("latin1"), hash);
  }
  return hashes.size === 0 ? { fault: "there is no user in it" } : { hashes };
}
