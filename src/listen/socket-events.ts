/** What happens to a connection's socket, told to its owner. One listener of each kind for all connections: idle ones should cost little memory. */
import type { Socket } from "node:net";

export interface SocketOwner {
  /** The socket has taken everything. */
  drained(): void;
  /** The client has sent its last byte. */
  ended(): void;
  /** The socket is closed. */
  closed(): void;
}

/** On a socket: its owner. */
const OWNER: unique symbol = Symbol("owner");

interface OwnedSocket extends Socket {
  [OWNER]: SocketOwner;
}

/** Tells `owner` what happens to the socket from now on. */
export function tellEvents(socket: Socket, owner: SocketOwner): void {
  (socket as OwnedSocket)[OWNER] = owner;
  socket.on("drain", onDrain);
  socket.on("end", onEnd);
  socket.on("error", ignoreError);
  socket.on("close", onClose);
}

function onDrain(this: OwnedSocket): void {
  this[OWNER].drained();
}

function onEnd(this: OwnedSocket): void {
  this[OWNER].ended();
}

function onClose(this: OwnedSocket): void {
  this[OWNER].closed();
}

/** A client may vanish at any time; "close" follows. */
function ignoreError(): void {}
