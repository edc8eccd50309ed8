// nginx as a rival: what stands in its configuration whatever is measured. sendfile on, no access log,
// connections that are never given up.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes a configuration and gives the command.
 *
 * @param folder - for its files; the workers' user can read it.
 * @param name - tells several of them apart.
 * @param http - what stands in `http`.
 */
export function nginxCommand(
  folder: string,
  name: string,
  workers: number,
  http: string,
): readonly string[] {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(" ");
  const path = join(folder, `${name}.conf`);
  writeFileSync(
    path,
    `daemon off; worker_processes ${workers}; pid ${folder}/${name}.pid;
     error_log ${folder}/error.log; events { worker_connections 4096; }
     http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; ${temporary}
       ${http} }`,
  );
  return ["nginx", "-e", `${folder}/error.log`, "-c", path];
}
