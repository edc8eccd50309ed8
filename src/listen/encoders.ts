/**
 * The encoders of Node.js for each content coding. Levels: beyond these the time doubles for a few
 * percent of the size. Windows of 256 KiB bound the memory.
 */
import type { Transform } from "node:stream";
import zlib, { type BrotliOptions } from "node:zlib";

import type { ContentCoding } from "../http/content-coding.ts";

export interface Encoder {
  encodeAtOnce(bytes: Buffer): Buffer;
  /** Flushes behind each write. */
  openStream(): Transform;
}

/** Of buffers that streams fill. */
const CHUNK_BYTES = 32 * 1024;

/** What zlib has from Node.js 22.15 on. */
interface ZlibWithZstd {
  zstdCompressSync(bytes: Buffer, options: BrotliOptions): Buffer;
  createZstdCompress(options: BrotliOptions): Transform;
  readonly constants: Readonly<
    Record<"ZSTD_c_compressionLevel" | "ZSTD_c_windowLog" | "ZSTD_e_flush", number>
  >;
}

/** What this Node.js has; the preferred one first: the fastest for about the same size. */
export const encoders: ReadonlyMap<ContentCoding, Encoder> = new Map<ContentCoding, Encoder>([
  ...("zstdCompressSync" in zlib ? [zstd(zlib as unknown as ZlibWithZstd)] : []),
  ["br", brotli()],
  ["gzip", gzip()],
]);

function zstd(newer: ZlibWithZstd): [ContentCoding, Encoder] {
  const { ZSTD_c_compressionLevel, ZSTD_c_windowLog, ZSTD_e_flush } = newer.constants;
  const params = { [ZSTD_c_compressionLevel]: 3, [ZSTD_c_windowLog]: 18 };
  return [
    "zstd",
    {
      encodeAtOnce: (bytes) => newer.zstdCompressSync(bytes, { params }),
      openStream: () =>
        newer.createZstdCompress({ params, flush: ZSTD_e_flush, chunkSize: CHUNK_BYTES }),
    },
  ];
}

function brotli(): Encoder {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_OPERATION_FLUSH } = zlib.constants;
  const params = { [BROTLI_PARAM_QUALITY]: 4, [BROTLI_PARAM_LGWIN]: 18 };
  return {
    encodeAtOnce: (bytes) => zlib.brotliCompressSync(bytes, { params }),
    openStream: () =>
      zlib.createBrotliCompress({ params, flush: BROTLI_OPERATION_FLUSH, chunkSize: CHUNK_BYTES }),
  };
}

function gzip(): Encoder {
  const level = 4;
  const flush = zlib.constants.Z_SYNC_FLUSH;
  return {
    encodeAtOnce: (bytes) => zlib.gzipSync(bytes, { level }),
    openStream: () => zlib.createGzip({ level, flush, chunkSize: CHUNK_BYTES }),
  };
}
