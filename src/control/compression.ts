/** Compression of answers as the settings want it. */
import { mediaTypePattern } from "../http/content-coding.ts";
import type { BufferMemory } from "../listen/buffer-memory.ts";
import { Compression } from "../listen/compression.ts";
import type { Settings } from "../options/settings.ts";

/** Null: answers are not compressed. */
export function makeCompression(settings: Settings, memory: BufferMemory): Compression | null {
  if (!settings.compress) return null;
  const rules = {
    types: mediaTypePattern(settings.compressTypes),
    minBytes: settings.compressMinSizeBytes,
    // As the bytes of a decoded request path.
    exceptPaths: settings.noCompress.map((path) => Buffer.from(path, "utf8").toString("latin1")),
  };
  return new Compression(rules, memory);
}
