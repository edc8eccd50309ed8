/** Basic authentication (RFC 7617): which path needs whose password, and what a client sends. */
import { type PathForms, isWithin, readScope } from "./path-forms.ts";

/** A path that is for those alone whom a file names. */
export interface AuthRule {
  /** See `readScope`. */
  readonly scope: string;
  readonly file: string;
  /** What the browser shows; safe in a quoted string. */
  readonly realm: string;
}

/** The rule, or the end of a sentence that says what it takes. */
export function parseAuthRule(text: string): AuthRule | string {
  const [path = "", file = "", ...words] = text.trim().split(/\s+/);
  const scope = readScope(path);
  if (scope === null || file === "") return '/PATH FILE [REALM], such as "/admin ./htpasswd"';
  const realm = words.length === 0 ? "Restricted" : words.join(" ");
  if (!/^[ !#-[\]-~]+$/.test(realm)) return "a REALM of plain letters, without quotes";
  return { scope, file, realm };
}

/** The rule that counts for a path: of those that fit the longest. Null: none. */
export function authRuleFor<Rule extends AuthRule>(
  rules: readonly Rule[],
  paths: readonly PathForms[],
): Rule | null {
  let found: Rule | null = null;
  for (const rule of rules) {
    if (found !== null && rule.scope.length <= found.scope.length) continue;
    if (paths.some((path) => isWithin(rule.scope, path))) found = rule;
  }
  return found;
}

export interface Credentials {
  /** UTF-8 bytes as latin-1, as environ has it. */
  readonly user: string;
  readonly password: string;
}

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/** RFC 7617 §2: user-id, colon, password, in base64. Null: anything else. */
export function readBasic(value: string | null): Credentials | null {
  const encoded = value === null ? undefined : BASIC.exec(value)?.[1];
  if (encoded === undefined) return null;
  const bytes = Buffer.from(encoded, "base64");
  const colon = bytes.indexOf(":");
  if (colon < 0 || bytes.includes(0)) return null;
  return {
    user: bytes.toString("latin1", 0, colon),
    password: bytes.toString("utf8", colon + 1),
  };
}

/** RFC 7617 §2.1 */
export function challenge(realm: string): string {
  return `WWW-Authenticate: Basic realm="${realm}", charset="UTF-8"\r\n`;
}
