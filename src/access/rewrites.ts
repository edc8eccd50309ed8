/**
 * Rewrites: `FROM TO`, both paths. The first rule that matches counts, once; the client does not see it.
 * The rules for who may come in look at the path before and behind it.
 */
import { type PathPattern, localPath, matchPattern, readPattern } from "./path-pattern.ts";

export interface RewriteRule {
  readonly from: PathPattern;
  /** Without the star and the query. */
  readonly to: string;
  readonly takesRest: boolean;
  /** Takes the place of the client's; null: that stays. */
  readonly query: string | null;
}

/** The rule, or the end of a sentence that says what it takes. */
export function parseRewrite(text: string): RewriteRule | string {
  const [from = "", to = "", ...more] = text.trim().split(/\s+/);
  if (to === "" || more.length > 0) return 'FROM TO, such as "/old/* /new/*"';
  const pattern = readPattern(from);
  if (pattern === null) return "a FROM such as /old or /old/*, not percent-encoded";
  const takesRest = to.endsWith("/*");
  const [path = "", ...queries] = (takesRest ? to.slice(0, -1) : to).split("?");
  if (!/^\/(?!\/)[!-~]*$/.test(path) || /[*"#<>\\^`{|}]/.test(to.slice(0, -1))) {
    return "a TO such as /new, /new/* or /new?page=1";
  }
  if (takesRest && !pattern.hasStar) return "a FROM that ends in /* where TO does";
  if (takesRest && queries.length > 0) return "a TO without a query where it ends in /*";
  const query = queries.length === 0 ? null : queries.join("?");
  return { from: pattern, to: path, takesRest, query };
}

/** A path and a query, without its question mark. */
export interface RewrittenTarget {
  readonly path: string;
  readonly query: string;
}

/** Null: no rule matches. */
export function findRewrite(
  rules: readonly RewriteRule[],
  path: string,
  query: string,
): RewrittenTarget | null {
  for (const rule of rules) {
    const rest = matchPattern(rule.from, path);
    if (rest === null) continue;
    const rewritten = localPath(rule.takesRest ? rule.to + rest : rule.to);
    return { path: rewritten, query: rule.query ?? query };
  }
  return null;
}
