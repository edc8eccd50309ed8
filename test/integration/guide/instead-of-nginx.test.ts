/**
 * Each example of docs/guide/instead-of-nginx.md, as it stands there: nginx's words in nginx, where it is
 * installed, and Wizgy's in Wizgy. Both have to come to the same.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { settingTable } from "../../../src/options/table.ts";
import { checks } from "./checks.ts";
import { guideText, sections } from "./guide.ts";
import { makeFiles, nginxProgram, removeFiles, startNginx, startWizgy } from "./places.ts";

before(makeFiles);
after(removeFiles);

test("docs/guide/instead-of-nginx.md: every example is tried", () => {
  assert.deepEqual(
    Object.keys(checks).toSorted(),
    sections.map(({ heading }) => heading).toSorted(),
  );
});

test("docs/guide/instead-of-nginx.md: every flag that it names exists", () => {
  const known = new Set<string>(Object.values(settingTable).flatMap(({ flags }) => [...flags]));
  const named = [...guideText.matchAll(/(?<![\w-])--[a-z][a-z0-9_-]+/g)].map(([flag]) => flag);
  assert.ok(named.length > 40);
  assert.deepEqual(
    named.filter((flag) => !known.has(flag)),
    [],
  );
});

describe("docs/guide/instead-of-nginx.md in Wizgy", () => {
  for (const section of sections) {
    test(section.heading, async () => {
      const place = await startWizgy(section);
      try {
        await checks[section.heading]?.(place);
      } finally {
        await place.stop();
      }
    });
  }
});

const isThere = existsSync(nginxProgram) && process.platform === "linux";
const skip = isThere ? false : `${nginxProgram} is not installed`;

describe("docs/guide/instead-of-nginx.md in nginx", { skip }, () => {
  let behind: Awaited<ReturnType<typeof startWizgy>>;
  before(async () => {
    behind = await startWizgy(null);
  });
  after(() => behind.stop());

  for (const section of sections) {
    test(section.heading, async () => {
      const place = await startNginx(section, behind.port);
      try {
        await checks[section.heading]?.(place);
      } finally {
        await place.stop();
      }
    });
  }
});
