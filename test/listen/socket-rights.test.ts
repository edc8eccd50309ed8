import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Listener } from "../../src/listen/listener.ts";

test("a Unix socket has no more rights than it is to have from the moment its file is there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-test-"));
  const umask = process.umask(0);
  try {
    const path = join(folder, "s.sock");
    const listener = new Listener({ kind: "unix", path });
    const opening = listener.open(16, 16, { mode: 0o600, uid: -1, gid: -1 });
    // Promises are settled before the system's next event, so this sees the file as it was made.
    // It is made under another name, and gets its own when it has its rights.
    const made = (): string[] => readdirSync(folder);
    for (let turn = 0; turn < 1_000 && made().length === 0; turn++) await Promise.resolve();
    const [name = ""] = made();
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    assert.equal(process.umask(), 0, "the mask is as it was");
    await opening;
    assert.deepEqual(made(), ["s.sock"]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await listener.stop();
  } finally {
    process.umask(umask);
    rmSync(folder, { recursive: true });
  }
});
