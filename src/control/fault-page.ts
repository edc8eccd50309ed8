/** What `--reload` sends to a browser: the page about a fault, and the script that asks for changes. */
import { statusText } from "../http/status.ts";
import { escapeHtml } from "../static/listing.ts";
import type { PageAnswer } from "../static/page-answers.ts";

/** Below a name that no application uses. */
export const STATE_PATH: string = "/.wizgy/reload";
export const SCRIPT_PATH: string = "/.wizgy/reload.js";

/**
 * Asks for the state that the page shows and loads the page again when there is another one. A page
 * out of the browser's cache may show an old state for ever, so each state is loaded for once only.
 */
export const SCRIPT: string = `(() => {
  const source = document.currentScript.src;
  let known = new URL(source).searchParams.get("of");
  const later = (ms) => setTimeout(ask, ms);
  async function ask() {
    if (document.hidden) {
      document.addEventListener("visibilitychange", ask, { once: true });
      return;
    }
    try {
      const answer = await fetch(new URL("reload?of=" + known, source), { cache: "no-store" });
      if (!answer.ok) return;
      const state = await answer.text();
      if (state !== known) {
        known = state;
        if (sessionStorage.getItem("wizgy-reload") !== state) {
          sessionStorage.setItem("wizgy-reload", state);
          location.reload();
          return;
        }
      }
      later(100);
    } catch {
      later(1000); // The server has stopped, or starts again.
    }
  }
  ask();
})();
`;

/** For the end of a page that shows `state`. */
export function scriptTag(state: string, siteMount: string): string {
  return `<script src="${siteMount}${SCRIPT_PATH}?of=${state}"></script>`;
}

/** @param text - any text; it is sent as UTF-8. */
export function textAnswer(status: number, type: string, text: string, lines = ""): PageAnswer {
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  const head =
    `${statusText(status)}\r\nContent-Type: ${type}; charset=utf-8\r\n` +
    `Content-Length: ${bytes.length}\r\nCache-Control: no-store\r\n${lines}` +
    `X-Content-Type-Options: nosniff\r\n`;
  return { status, head, text: bytes };
}

/** Only what this server sends runs on it, and no other site can show it in a frame. */
const POLICY =
  "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; " +
  "connect-src 'self'; frame-ancestors 'none'\r\n";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em;" +
  "color-scheme:light dark}h1{font-size:1.4em}pre{overflow:auto;padding:1em;" +
  "border:1px solid;border-left:4px solid #c33}";

/**
 * @param message - one sentence.
 * @param siteMount - what stands before the paths of the site, percent-encoded.
 */
export function faultPage(
  status: number,
  message: string,
  traceback: string,
  state: string,
  siteMount: string,
): PageAnswer {
  const trace = traceback === "" ? "" : `<pre>${escapeHtml(traceback.trimEnd())}</pre>\n`;
  const html =
    `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n` +
    `<meta name="viewport" content="width=device-width">\n` +
    `<title>Mend the code and save it</title>\n<style>${STYLE}</style>\n` +
    `<h1>Mend the code and save it: this page then loads itself again</h1>\n` +
    `<p>${escapeHtml(message)}</p>\n${trace}` +
    `<p>Only browsers on this machine see this page, and only with --reload.</p>\n` +
    `${scriptTag(state, siteMount)}\n</html>\n`;
  return textAnswer(status, "text/html", html, POLICY);
}
