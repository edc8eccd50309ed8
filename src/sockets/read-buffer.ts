/**
 * Reading sockets into memory that is used again. Node makes a buffer of 64 KiB for each read and
 * sends it through a stream; `onread` (node:net) instead gives the bytes to a function, in memory
 * that is used for the next read too. Measured: the CPU time of a bare request and answer falls from
 * 10.1 to 7.6 microseconds (64 connections, Node.js 20.20).
 *
 * `onread` is public for connections that are made, not for ones that are accepted. So the handle of
 * an accepted socket is given to a new one. `_handle` is not documented: where it isn't what is
 * expected, and for sockets that are not plain ones (TLS), reading takes the usual way.
 */
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";

/** What Node itself reads at a time. */
const BUFFER_BYTES = 64 * 1024;

// One for all: bytes are used, or copied, before the function returns.
const shared: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/**
 * Starts reading, into one buffer for all sockets.
 * @param accepted - a paused socket; it is not to be used after this.
 * @param onData - the bytes are only valid until it returns.
 * @returns the socket to use.
 */
export function readIntoShared(accepted: Socket, onData: (chunk: Buffer) => void): Socket {
  return withOnRead(accepted, onData, {
    buffer: shared,
    callback: (bytes: number) => {
      onData(shared.subarray(0, bytes));
      return true;
    },
  });
}

/**
 * Starts reading, each time into what `memory` gives.
 * @param accepted - a paused socket; it is not to be used after this.
 * @returns the socket to use.
 */
export function readInto(
  accepted: Socket,
  memory: () => Buffer,
  onData: (chunk: Buffer) => void,
): Socket {
  return withOnRead(accepted, onData, {
    buffer: memory,
    callback: (bytes: number, buffer: Uint8Array) => {
      onData(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
      return true;
    },
  });
}

function withOnRead(
  accepted: Socket,
  onData: (chunk: Buffer) => void,
  onread: NonNullable<ConnectOpts["onread"]>,
): Socket {
  const holder: { _handle?: unknown } = accepted as unknown as { _handle?: unknown };
  const handle = holder._handle;
  if (accepted.constructor !== Socket || !isStreamHandle(handle)) {
    accepted.on("data", onData);
    accepted.resume();
    return accepted;
  }
  // The types only know `onread` for connections that are made.
  const options: SocketConstructorOpts & Pick<ConnectOpts, "onread"> & { handle: object } = {
    handle,
    allowHalfOpen: accepted.allowHalfOpen,
    onread,
  };
  holder._handle = null;
  const socket = new Socket(options);
  socket.resume();
  return socket;
}

function isStreamHandle(handle: unknown): handle is object {
  return typeof handle === "object" && handle !== null && "readStart" in handle;
}
