/** Radicale, a CalDAV and CardDAV server, spoken to with the methods that calendars use. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";

import type { Page } from "./browser.ts";
import { type Subject, exercises } from "./record.ts";
import { type Served, serve } from "./served.ts";

const application: Subject = { kind: "application", name: "Radicale", packageName: "radicale" };
const login = `Basic ${Buffer.from("zoe:secret").toString("base64")}`;

describe(application.name, () => {
  const exercise = exercises(application);
  const served = serve({
    args: ["test/apps/frameworks/radicale_app.py", "--workers", "2"],
    prepare: (folder) => {
      writeFileSync(join(folder, "users"), "zoe:secret\n");
      writeFileSync(
        join(folder, "radicale.conf"),
        `[auth]\ntype = htpasswd\nhtpasswd_filename = ${folder}/users\nhtpasswd_encryption = plain\ndelay = 0\n` +
          `[storage]\nfilesystem_folder = ${folder}/collections\n[logging]\nlevel = warning\n`,
      );
    },
  });

  exercise("who hasn't logged in is asked to, and its page for people loads", async () => {
    const browser = served().browser();
    const refused = await browser.send("PROPFIND", "/zoe/");
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get("www-authenticate") ?? "", /^Basic realm=/);
    const page = await browser.follow(await browser.get("/"));
    const shown = page.status === 302 ? await browser.follow(page) : page;
    assert.match(shown.text, /<title>Radicale/);
    const script = await browser.get("/.web/css/main.css");
    assert.equal(script.status, 200);
  });

  exercise("OPTIONS tells what it can", async () => {
    const page = await dav(served(), "OPTIONS", "/");
    assert.match(page.headers.get("dav") ?? "", /calendar-access/);
    assert.match(page.headers.get("allow") ?? "", /MKCALENDAR/);
  });

  exercise("a calendar is made, filled, listed, searched, changed and emptied", async () => {
    const path = "/zoe/termine/";
    assert.equal((await dav(served(), "MKCALENDAR", path)).status, 201);
    const event = `${path}treffen.ics`;
    const put = await dav(served(), "PUT", event, calendar("Bräunung 日本"), {
      "If-None-Match": "*",
    });
    assert.equal(put.status, 201);
    const etag = put.headers.get("etag") ?? "";

    const got = await dav(served(), "GET", event);
    assert.equal(got.headers.get("etag"), etag);
    assert.match(got.text, /SUMMARY:Bräunung 日本\r\n/);

    const listed = await dav(served(), "PROPFIND", path, propfind, { Depth: "1" });
    assert.equal(listed.status, 207);
    assert.match(listed.text, /termine\/treffen\.ics/);
    assert.ok(listed.text.includes(etag.replaceAll('"', "&quot;")) || listed.text.includes(etag));

    const found = await dav(served(), "REPORT", path, query, { Depth: "1" });
    assert.equal(found.status, 207);
    assert.match(found.text, /SUMMARY:Bräunung 日本/);

    const stale = { "If-Match": '"another"' };
    assert.equal((await dav(served(), "PUT", event, calendar("x"), stale)).status, 412);
    const changed = await dav(served(), "PUT", event, calendar("Später"), { "If-Match": etag });
    assert.equal(changed.status, 204);
    assert.equal((await dav(served(), "DELETE", event)).status, 200);
    assert.equal((await dav(served(), "GET", event)).status, 404);
  });

  exercise("a move to another path, and a body that isn't a calendar", async () => {
    assert.equal((await dav(served(), "MKCALENDAR", "/zoe/b/")).status, 201);
    const bad = await dav(served(), "PUT", "/zoe/b/1.ics", "no calendar");
    assert.equal(bad.status, 400);
    assert.equal((await dav(served(), "PUT", "/zoe/b/1.ics", calendar("one"))).status, 201);
    const target = `${served().server.origin}/zoe/b/2.ics`;
    assert.equal(
      (await dav(served(), "MOVE", "/zoe/b/1.ics", null, { Destination: target })).status,
      201,
    );
    assert.match((await dav(served(), "GET", "/zoe/b/2.ics")).text, /SUMMARY:one/);
  });
});

function dav(
  served: Served,
  method: string,
  path: string,
  body: string | null = null,
  headers: Readonly<Record<string, string>> = {},
): Promise<Page> {
  const type = body?.startsWith("<") === true ? "application/xml" : "text/calendar; charset=utf-8";
  return served.browser().send(method, path, {
    headers: {
      Authorization: login,
      ...(body === null ? {} : { "Content-Type": type }),
      ...headers,
    },
    body,
  });
}

function calendar(summary: string): string {
  return [
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", "UID:1"],
    ...["DTSTAMP:20300101T000000Z", "DTSTART:20300102T100000Z", "DTEND:20300102T110000Z"],
    ...[`SUMMARY:${summary}`, "END:VEVENT", "END:VCALENDAR", ""],
  ].join("\r\n");
}

const propfind =
  '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/><getcontenttype/></prop></propfind>';

const query =
  '<?xml version="1.0"?><c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">' +
  "<prop><getetag/><c:calendar-data/></prop>" +
  '<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">' +
  '<c:time-range start="20300101T000000Z" end="20300201T000000Z"/>' +
  "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>";
