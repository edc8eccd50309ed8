/** A browser as far as cookies, forms and redirects go. It follows a redirect only when it is told to. */
import assert from "node:assert/strict";

/** Far more than any page takes on a busy machine. */
const ANSWER_TIMEOUT_MS = 20_000;

export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly bytes: Buffer;
  /** Where it was asked for. */
  readonly url: string;
}

export class Browser {
  readonly cookies: Map<string, string> = new Map();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.send("GET", path, { headers });
  }

  /** Posts a form, url-encoded or (when given as FormData) multipart. */
  post(path: string, form: Readonly<Record<string, string>> | FormData): Promise<Page> {
    const body = form instanceof FormData ? form : new URLSearchParams(form);
    return this.send("POST", path, { body });
  }

  async send(method: string, path: string, init: RequestInit = {}): Promise<Page> {
    const response = await this.open(method, path, init);
    const bytes = Buffer.from(await response.arrayBuffer());
    const { status, headers } = response;
    return { status, headers, bytes, text: bytes.toString(), url: this.#origin + path };
  }

  /** Sends a request and gives the response as soon as its head is here. */
  async open(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    if (cookie !== "" && !headers.has("Cookie")) headers.set("Cookie", cookie);
    const response = await fetch(this.#origin + path, {
      ...init,
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /** Goes where a page redirects to, with GET. */
  async follow(page: Page): Promise<Page> {
    const location = page.headers.get("location");
    assert.ok(
      location !== null && page.status >= 300 && page.status < 400,
      `no redirect: ${page.status}`,
    );
    const { pathname, search } = new URL(location, page.url);
    return this.get(pathname + search);
  }

  #keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/; *max-age=0\b/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** The value of the hidden field of a form, or "" where there is none. */
export function hiddenField(page: Page, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? "";
}
