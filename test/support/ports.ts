/** Addresses for programs that don't say which port the system gave them. */
import { existsSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";

/** A port of 127.0.0.1 that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Whether somebody listens. Sends nothing, so it is no request. */
export function accepts(address: number | string): Promise<boolean> {
  return new Promise((resolve) => {
    const isPath = typeof address === "string";
    if (isPath && !existsSync(address)) {
      resolve(false);
      return;
    }
    const socket = isPath ? connect(address) : connect(address, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
