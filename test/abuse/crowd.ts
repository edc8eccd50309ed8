/** Many connections, so many at a time: each one does its harm and is over when its promise says so. */
import { type Socket, connect } from "node:net";

/** A connection that does not come about, or an abuse that does not end, fails the run. */
const BOUND_MS = 60_000;

/** Runs `act` so many times, `atOnce` of them at a time. */
export async function inTurns(
  count: number,
  atOnce: number,
  act: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
}

/** A connection to the server. What happens to it later is the abuser's own fault. */
export function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      socket.on("error", () => {});
      resolve(socket);
    });
  });
}

/** Resolves when the connection is over, by whomever. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) {
      resolve();
      return;
    }
    const timer = setTimeout(() => reject(new Error("the connection does not end")), BOUND_MS);
    socket.resume();
    socket.on("end", () => socket.end());
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Sends as much as the server takes of `total` bytes made of `piece`; gives what it took.
 * @param patienceMs - a server that takes nothing for so long takes nothing more.
 */
export async function pour(
  socket: Socket,
  piece: Buffer,
  total: number,
  patienceMs: number = BOUND_MS,
): Promise<number> {
  let sent = 0;
  while (sent < total && socket.writable) {
    if (!socket.write(piece) && !(await drains(socket, patienceMs))) break;
    sent += piece.length;
  }
  return sent;
}

/** Whether the socket takes more within the time. */
function drains(socket: Socket, patienceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (): void => settle(socket.writable);
    const timer = setTimeout(() => settle(false), patienceMs);
    const settle = (takesMore: boolean): void => {
      clearTimeout(timer);
      for (const event of ["drain", "close"]) socket.off(event, done);
      resolve(takesMore);
    };
    for (const event of ["drain", "close"]) socket.on(event, done);
  });
}
