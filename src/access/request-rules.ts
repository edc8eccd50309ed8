/**
 * All that is decided of a request before anybody answers it, in one order:
 *
 *     address -> redirect -> rewrite -> address again -> password
 *
 * A redirect comes before the password, so that nobody is asked for one where it would travel openly.
 * Addresses and passwords are looked at for the path as it came and as it was rewritten; the stricter
 * one counts.
 */
import { type AddressRules, mayComeIn } from "./address-rules.ts";
import { type AuthRule, authRuleFor } from "./credentials.ts";
import { pathForms } from "./path-forms.ts";
import { type RedirectRule, type RedirectTarget, findRedirect } from "./redirects.ts";
import { type RewriteRule, type RewrittenTarget, findRewrite } from "./rewrites.ts";

export interface RequestRules<Rule extends AuthRule> {
  readonly addresses: AddressRules;
  readonly redirects: readonly RedirectRule[];
  readonly rewrites: readonly RewriteRule[];
  readonly auth: readonly Rule[];
}

/** What the rules look at. */
export interface RuledRequest {
  /** See `RedirectedRequest`. */
  readonly mount: string;
  /** As it was sent, without the mount. */
  readonly path: string;
  readonly query: string;
  /** Whether there is a question mark. */
  readonly hasQuery: boolean;
  readonly host: string | null;
  readonly scheme: "http" | "https";
  /** Of the client; empty where it is not known. */
  readonly address: string;
}

export type Verdict<Rule extends AuthRule> =
  | { readonly kind: "denied" }
  | ({ readonly kind: "redirected" } & RedirectTarget)
  | {
      readonly kind: "admitted";
      /** Null: it stays as it was. */
      readonly rewritten: RewrittenTarget | null;
      /** Null: nobody needs a password. */
      readonly auth: Rule | null;
    };

export function decide<Rule extends AuthRule>(
  rules: RequestRules<Rule>,
  request: RuledRequest,
): Verdict<Rule> {
  const { mount, path, query, hasQuery, host, scheme, address } = request;
  const forms = [pathForms(path)];
  if (!mayComeIn(rules.addresses, forms[0]!, address)) return { kind: "denied" };
  const asked = { mount, path, query: hasQuery ? `?${query}` : "", host, scheme };
  const redirect = findRedirect(rules.redirects, asked);
  if (redirect !== null) return { kind: "redirected", ...redirect };
  const rewritten = findRewrite(rules.rewrites, path, query);
  if (rewritten !== null) {
    const other = pathForms(rewritten.path);
    if (!mayComeIn(rules.addresses, other, address)) return { kind: "denied" };
    forms.push(other);
  }
  return { kind: "admitted", rewritten, auth: authRuleFor(rules.auth, forms) };
}
