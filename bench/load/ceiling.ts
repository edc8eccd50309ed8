// The raw ceiling: a `node:net` server that answers the same bytes to every chunk it reads. It parses
// nothing, so no server on Node.js can be faster; it is right for clients that send one request at a
// time in one piece, which is what `wrk` does with the requests of this bench.
//
// Usage: ceiling.js PORT BODY

import { createServer } from "node:net";

const [port = "", body = ""] = process.argv.slice(2);
const answer = Buffer.from(
  "HTTP/1.1 200 OK\r\n" +
    `Date: ${new Date().toUTCString()}\r\n` +
    "Content-Type: text/plain\r\n" +
    `Content-Length: ${body.length}\r\n\r\n${body}`,
  "latin1",
);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("data", () => socket.write(answer));
  // The load generator resets its connections when its time is over.
  socket.on("error", () => socket.destroy());
});
server.listen({ host: "127.0.0.1", port: Number(port), backlog: 1024 });
