/**
 * The numbers of the wire (spec/wire.md): the only place in TypeScript that knows them. A test
 * holds them against the Python half through spec/vectors/.
 */

/** wire §5.1: both halves are of one release and compare this number. */
export const WIRE_VERSION: number = 1;

/** wire §2.1: length (4), number (4), type (1), flags (1), status (2). */
export const HEADER_BYTES: number = 12;
/** wire §4.2: fragment length (4), slots length (4). */
export const REQUEST_PREFIX_BYTES: number = 8;
/** wire §4.2.1: the body's length (8). */
export const BODY_FILE_PREFIX_BYTES: number = 8;
/** wire §5.4: head length (4), content length (8). */
export const ANSWER_PREFIX_BYTES: number = 12;
/** wire §5.11: head length (4), content length, offset, device and inode (8 each). */
export const FILE_PREFIX_BYTES: number = 36;
/** wire §2.2 */
export const MAX_PAYLOAD_BYTES: number = 2 ** 30;
/** wire §7.1: bytes of an answer's body that a worker sends ahead of credit. */
export const ANSWER_WINDOW_BYTES: number = 256 * 1024;
/** wire §2.3 */
export const MAX_NUMBER: number = 2 ** 32 - 1;
/** wire §4.1 */
export const MAX_CONSTANTS_ID: number = 65_535;

/** wire §4: from the front. */
export const FrontFrame = {
  constants: 0x01,
  request: 0x02,
  body: 0x03,
  cancel: 0x04,
  credit: 0x05,
  fileReply: 0x06,
  clientEnded: 0x07,
  timeout: 0x08,
} as const;

/** wire §5: from the worker. */
export const WorkerFrame = {
  hello: 0x81,
  ready: 0x82,
  bootFailed: 0x83,
  answer: 0x84,
  block: 0x85,
  abort: 0x86,
  want: 0x87,
  log: 0x88,
  handback: 0x89,
  earlyHints: 0x8a,
  file: 0x8b,
  held: 0x8c,
} as const;

/** wire §4.2, §4.3, §4.6, §5.4, §5.5, §5.11 */
export const Flag = {
  last: 0x01,
  bodyFollows: 0x01,
  extra: 0x02,
  bodyInFile: 0x04,
  date: 0x02,
  server: 0x04,
  taken: 0x01,
  sendfile: 0x08,
  accelRedirect: 0x10,
} as const;

/** wire §5.8: the level of a LOG frame. */
export const LogStatus = { debug: 10, info: 20, warning: 30, error: 40, critical: 50 } as const;
