/**
 * The rules for requests, from the settings: who may come in, where a request is sent on to, what it
 * becomes, who has to say a password. Read once at the start, and again for a reload.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { type AddressRules, parseAddressRule } from "../access/address-rules.ts";
import { type AuthRule, challenge, parseAuthRule, readBasic } from "../access/credentials.ts";
import { parseRedirect } from "../access/redirects.ts";
import { type RequestRules, decide } from "../access/request-rules.ts";
import { parseRewrite } from "../access/rewrites.ts";
import { encodeFields } from "../gateway/request-fields.ts";
import { fieldValue } from "../http/field-value.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { Carrier } from "../listen/carrier.ts";
import type { Admission, Gate } from "../listen/gate.ts";
import type { Settings } from "../options/settings.ts";
import { type PasswordFile, readPasswordFile } from "../passwords/htpasswd.ts";
import type { PasswordVerifier } from "../passwords/password-verifier.ts";
import { plainAnswer } from "../static/page-answers.ts";

/** A rule with the users that it means. */
interface GuardedPath extends AuthRule, PasswordFile {}

export type GateRules = RequestRules<GuardedPath>;

/** A rule that can't be used: the flag, what it was given, and the end of a sentence. */
export interface RuleFault {
  readonly message: string;
}

const NO_STORE = "Cache-Control: no-store\r\n";

/**
 * Null: there are no rules.
 * @param cwd - where relative names of files count from.
 */
export function readGateRules(settings: Settings, cwd: string): GateRules | RuleFault | null {
  const { allow, deny, redirect, rewrite, basicAuth } = settings;
  if ([allow, deny, redirect, rewrite, basicAuth].every((texts) => texts.length === 0)) return null;
  const faults: string[] = [];
  const read = <Rule>(
    flag: string,
    texts: readonly string[],
    parse: (text: string) => Rule | string,
  ): Rule[] =>
    texts.flatMap((text) => {
      const rule = parse(text);
      if (typeof rule !== "string") return [rule];
      faults.push(`${flag} ${JSON.stringify(text)}: it takes ${rule}.`);
      return [];
    });
  const addresses: AddressRules = {
    allow: read("--allow", allow, parseAddressRule),
    deny: read("--deny", deny, parseAddressRule),
  };
  const redirects = read("--redirect", redirect, parseRedirect);
  const rewrites = read("--rewrite", rewrite, parseRewrite);
  const auth: GuardedPath[] = [];
  for (const rule of read("--basic-auth", basicAuth, parseAuthRule)) {
    const users = readUsers(resolve(cwd, rule.file));
    if (typeof users === "string") faults.push(`--basic-auth ${rule.file}: ${users}.`);
    else auth.push({ ...rule, ...users });
  }
  const [message] = faults;
  return message === undefined ? { addresses, redirects, rewrites, auth } : { message };
}

function readUsers(path: string): PasswordFile | string {
  try {
    const users = readPasswordFile(readFileSync(path, "utf8"));
    return "fault" in users ? users.fault : users;
  } catch (error) {
    return `this file can't be read (${error instanceof Error ? error.message : String(error)})`;
  }
}

export class RulesGate implements Gate {
  readonly #rules: GateRules;
  readonly #verifier: PasswordVerifier;

  constructor(rules: GateRules, verifier: PasswordVerifier) {
    this.#rules = rules;
    this.#verifier = verifier;
  }

  admit(head: RequestHead, carrier: Carrier): Admission | Promise<Admission> {
    const { fields } = head;
    if (carrier.isTrusted && fields.environ === null) {
      // A proxy tells of its client.
      const { service, listener } = carrier;
      const fault = encodeFields(fields, listener.constants, service.fieldRules, carrier);
      if (fault !== null) return answered(head, 400);
    }
    const verdict = decide(this.#rules, {
      mount: carrier.service.mount,
      path: head.path,
      query: head.query,
      hasQuery: head.query !== "" || head.target.includes("?"),
      host: fields.origin?.host ?? head.host,
      scheme: fields.origin?.scheme ?? carrier.listener.constants.scheme,
      address: fields.origin?.address ?? carrier.remoteAddress,
    });
    if (verdict.kind === "denied") return answered(head, 403, NO_STORE);
    if (verdict.kind === "redirected") {
      return answered(head, verdict.status, `Location: ${verdict.location}\r\n`);
    }
    const { rewritten, auth } = verdict;
    const going = rewritten === null ? head : { ...head, ...rewritten };
    if (auth === null) return { kind: "admission", head: going, environ: "", answer: null };
    return this.#authenticate(going, auth);
  }

  #authenticate(head: RequestHead, rule: GuardedPath): Admission | Promise<Admission> {
    const credentials = readBasic(fieldValue(head.fields, "authorization"));
    const refused = answered(head, 401, challenge(rule.realm) + NO_STORE);
    if (credentials === null) return refused;
    const { user, password } = credentials;
    const known = rule.hashes.get(user);
    // For a user that is not there any hash of the file takes the same time.
    const [another = ""] = rule.hashes.values();
    const verdict = this.#verifier.verify(user, password, known ?? another, known !== undefined);
    const admission = (word: Awaited<typeof verdict>): Admission => {
      if (word === "busy") return answered(head, 503, "Retry-After: 1\r\n");
      if (word === "wrong") return refused;
      // RFC 3875 §4.1.1, §4.1.11
      return {
        kind: "admission",
        head,
        environ: `\0AUTH_TYPE\0Basic\0REMOTE_USER\0${user}`,
        answer: null,
      };
    };
    return verdict instanceof Promise ? verdict.then(admission) : admission(verdict);
  }
}

/** @param lines - more field lines. */
function answered(head: RequestHead, status: number, lines = ""): Admission {
  const page = plainAnswer(status, lines);
  const answer = { ...page, bytes: page.text.length, body: null, file: null };
  return { kind: "admission", head, environ: "", answer };
}
