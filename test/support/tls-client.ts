/** Connections over TLS, for what is asked of the handshake; `new RawClient(socket)` goes on from there. */
import { type ConnectionOptions, type TLSSocket, connect } from "node:tls";

/** Connects to the port on 127.0.0.1 and completes the handshake; rejects with how it ended otherwise. */
export function openTls(
  options: ConnectionOptions & { readonly port: number },
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", ...options }, () => resolve(socket));
    socket.on("error", reject);
  });
}

/** The common name of the certificate that the server has shown. */
export function serverName(socket: TLSSocket): string {
  return String(socket.getPeerCertificate().subject.CN);
}
