/** Headers of the PROXY protocol as a balancer would send them. */

/** Of version 2, with the length that `rest` has. */
export function binaryHeader(command: number, family: number, rest: readonly number[]): Buffer {
  const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
  const fixed = Buffer.from([command, family, rest.length >> 8, rest.length & 255]);
  return Buffer.concat([signature, fixed, Buffer.from(rest)]);
}
