/** A folder with files for the tests of static files, and a server that sends them. */
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { type RunningServer, startServer } from "../../support/server.ts";

/** Long ago: tags of young files are weak. */
const LONG_AGO = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));

export const LARGE: Buffer = Buffer.from(
  Array.from({ length: 3_000_000 }, (_, i) => (i * 7 + (i >> 8)) % 251),
);
export const STYLE: string = "body { color: black }\n".repeat(50);

export class Www {
  /** Everything lies below it; `files` is what is served. */
  readonly root: string = realpathSync(mkdtempSync(join(tmpdir(), "wizgy-static-")));
  readonly files: string = join(this.root, "files");

  constructor() {
    this.write("../secret.txt", "secret");
    this.write("style.css", STYLE);
    this.write("style.css.gz", gzipSync(STYLE));
    this.write("style.css.br", brotliCompressSync(STYLE));
    this.write("base.5af66c1b1797.css", "a{}");
    this.write("hello.txt", "Hello, world\n");
    this.write("empty.txt", "");
    this.write("ü b.html", "<p>ü");
    this.write("large.bin", LARGE);
    this.write(".hidden", "hidden");
    this.write(".git/config", "hidden");
    this.write(".well-known/security.txt", "Contact: x");
    this.write("docs/index.html", "<h1>Docs</h1>");
    this.write("bare/one.txt", "1");
    this.link("../secret.txt", "out.txt");
    this.link("..", "up");
    this.link(join(this.root, "secret.txt"), "absolute.txt");
    this.link("nowhere", "broken.txt");
  }

  /** @param name - below `files`. */
  write(name: string, content: string | Buffer): void {
    const path = join(this.files, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    utimesSync(path, LONG_AGO, LONG_AGO);
  }

  link(to: string, name: string): void {
    symlinkSync(to, join(this.files, name));
  }

  path(name: string): string {
    return join(this.files, name);
  }

  /** Serves it under /static with an application that answers every path with "the application". */
  serve(...more: string[]): Promise<RunningServer> {
    return startServer([
      ...["--static", `/static=${this.files}`, "--chdir", "test/apps/process"],
      ...more,
      "behind_static",
    ]);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
