import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import {
  type FileSystem,
  TemporaryFiles,
  type TemporaryFile,
} from "../../src/files/temporary-files.ts";

const folder = fs.mkdtempSync(join(tmpdir(), "wizgy-test-files-"));
after(() => fs.rmSync(folder, { recursive: true }));

const onLinux = { skip: process.platform === "linux" ? false : "needs /proc" };

test("what is written is read back, at its position and from several pieces", async () => {
  const file = new TemporaryFiles(folder).create();
  await write(file, ["hello ", "", "world"], 0);
  await write(file, ["W"], 6);
  assert.equal(await read(file, 5, 6), "World");
  assert.equal(await read(file, 11, 0), "hello World");
  file.release();
});

test("on Linux a file has no name, and is opened through the process", onLinux, async () => {
  const file = new TemporaryFiles(folder).create();
  await write(file, ["body"], 0);
  assert.deepEqual(fs.readdirSync(folder), []);
  assert.match(file.path, new RegExp(`^/proc/${process.pid}/fd/\\d+$`));
  assert.equal(fs.readFileSync(file.path, "latin1"), "body");
  assert.equal(fs.statSync(file.path).mode & 0o777, 0o600);
  file.release();
});

test("where it can't lose its name, only its owner may open a file, and it goes at the end", async () => {
  const watched = new WatchedSystem();
  const file = new TemporaryFiles(folder, watched.system, false).create();
  await write(file, ["body"], 0);
  assert.deepEqual(fs.readdirSync(folder), [file.path.slice(folder.length + 1)]);
  assert.equal(fs.statSync(file.path).mode & 0o777, 0o600);
  file.release();
  await watched.closed();
  await watched.unlinked();
  assert.deepEqual(fs.readdirSync(folder), []);
});

test("a folder that isn't there is told by the first write", async () => {
  const file = new TemporaryFiles(join(folder, "none")).create();
  await assert.rejects(write(file, ["body"], 0), { code: "ENOENT" });
  file.release();
});

test("a disk that takes a part first is asked for the rest, and its refusal is told", async () => {
  const watched = new WatchedSystem();
  let room = 8;
  const writev = (fd: number, pieces: readonly Buffer[], at: number, done: WriteDone): void => {
    if (room === 0) {
      done(Object.assign(new Error("no space left on device"), { code: "ENOSPC" }), 0);
      return;
    }
    const bytes = Buffer.concat(pieces).subarray(0, Math.min(3, room));
    room -= bytes.length;
    fs.writev(fd, [bytes], at, (error, written) => done(error, written));
  };
  watched.system.writev = writev as unknown as typeof fs.writev;
  const file = new TemporaryFiles(folder, watched.system).create();
  await write(file, ["ab", "cdef"], 0);
  assert.equal(await read(file, 6, 0), "abcdef");
  await assert.rejects(write(file, ["ghijkl"], 6), { code: "ENOSPC" });
  file.release();
  await watched.closed();
});

test("released while it is being opened or written, a file is closed and nobody is told", async () => {
  for (const writes of [0, 1]) {
    const watched = new WatchedSystem();
    const file = new TemporaryFiles(folder, watched.system).create();
    let told = false;
    if (writes > 0) file.write([Buffer.from("body")], 0, () => (told = true));
    file.release();
    await watched.closed();
    assert.equal(told, false);
    assert.equal(watched.open, 0);
  }
  const watched = new WatchedSystem();
  const file = new TemporaryFiles(folder, watched.system).create();
  await write(file, ["body"], 0);
  let told = false;
  file.write([Buffer.from("more")], 4, () => (told = true));
  file.release();
  file.release();
  await watched.closed();
  assert.equal(told, false);
  assert.equal(watched.open, 0);
});

/** Counts open files, and tells when one was closed. */
class WatchedSystem {
  open = 0;
  #watchers: (() => void)[] = [];
  #closed = 0;
  #unlinked = 0;
  readonly system: { -readonly [Name in keyof FileSystem]: FileSystem[Name] } = {
    read: fs.read,
    writev: fs.writev,
    open: ((path: string, flags: number, mode: number, done: OpenDone) => {
      fs.open(path, flags, mode, (error, fd) => {
        if (error === null) this.open++;
        done(error, fd);
      });
    }) as typeof fs.open,
    close: ((fd: number, done: fs.NoParamCallback) => {
      fs.close(fd, (error) => {
        this.open--;
        this.#closed++;
        done(error ?? null);
        this.#look();
      });
    }) as typeof fs.close,
    unlink: ((path: string, done: fs.NoParamCallback) => {
      fs.unlink(path, (error) => {
        this.#unlinked++;
        done(error);
        this.#look();
      });
    }) as typeof fs.unlink,
  };

  closed(): Promise<void> {
    return this.#until(() => this.#closed > 0);
  }

  unlinked(): Promise<void> {
    return this.#until(() => this.#unlinked > 0);
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #until(is: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (is()) resolve();
      };
      this.#watchers.push(look);
      look();
    });
  }
}

type WriteDone = (error: NodeJS.ErrnoException | null, written: number) => void;
type OpenDone = (error: NodeJS.ErrnoException | null, fd: number) => void;

function write(file: TemporaryFile, pieces: string[], position: number): Promise<void> {
  const buffers = pieces.map((piece) => Buffer.from(piece, "latin1"));
  return new Promise((resolve, reject) => {
    file.write(buffers, position, (error) => (error === null ? resolve() : reject(error)));
  });
}

function read(file: TemporaryFile, bytes: number, position: number): Promise<string> {
  const into = Buffer.alloc(bytes);
  return new Promise((resolve, reject) => {
    file.read(into, position, (error) =>
      error === null ? resolve(into.toString("latin1")) : reject(error),
    );
  });
}
