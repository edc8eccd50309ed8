/**
 * The settings of gunicorn, by their names in its configuration file and their flags, each with what
 * becomes of it here: another spelling of one of ours, a meaning that holds anyway, or a refusal that says what
 * to use instead. Nothing is accepted silently that would not be done.
 *
 * A flag that is spelled like one of ours has that meaning and is not looked up here. Hooks are in
 * `gunicorn-hooks.ts`.
 */
import type { SettingKey } from "./settings.ts";

/** What becomes of a setting of gunicorn. */
export type GunicornMeaning =
  | { readonly kind: "same"; readonly key: SettingKey }
  /** A switch that gives one of our settings this value. */
  | { readonly kind: "gives"; readonly key: SettingKey; readonly text: string }
  /** It has no effect here because it is so anyway; `values` are those for which that is true, null: all. */
  | { readonly kind: "holds"; readonly values: readonly string[] | null; readonly why: string }
  | { readonly kind: "refused"; readonly why: string };

export interface GunicornSetting {
  /** Its flags that are not ours. */
  readonly flags: readonly string[];
  /** Whether a value follows the flag. */
  readonly takesValue: boolean;
  readonly meaning: GunicornMeaning;
  /** What its value in the Python file means, where that is not what `meaning` says. */
  readonly inFile?: string;
}

const HTTP2 = "--http2 says where HTTP/2 is spoken, and it chooses such sizes itself.";
const ASGI = "only WSGI applications are served.";
const DIRTY = "there are no workers of that kind; use a task queue such as Celery or RQ.";
const LAX =
  "servers disagree about such requests, which is how they are smuggled; correct the client.";
const SYSLOG = "log to standard error, and let systemd or your container pass it on to syslog.";
const PYTHON_LOG =
  "the log is not written by Python; use --log-level, --access-logfile and --access-logformat.";

/** By the name in gunicorn's configuration file. */
export const gunicornSettings: Readonly<Record<string, GunicornSetting>> = {
  config: same("config"),
  wsgi_app: { ...holds([], "it names the application."), inFile: "the application" },
  bind: same("bind"),
  backlog: same("backlog"),
  workers: same("workers"),
  worker_class: same("workerClass"),
  threads: same("threads"),
  worker_connections: same("workerConnections"),
  max_requests: same("maxRequests"),
  max_requests_jitter: same("maxRequestsJitter"),
  timeout: same("timeoutMs"),
  graceful_timeout: same("gracefulTimeoutMs"),
  keepalive: same("keepAliveMs"),
  limit_request_line: same("limitRequestLineBytes"),
  limit_request_fields: same("limitRequestFields"),
  limit_request_field_size: same("limitRequestFieldSizeBytes"),
  reload: same("reload"),
  reload_engine: {
    ...holds(null, "files are watched in the way that the system has."),
    ...flags(true, "--reload-engine"),
  },
  reload_extra_files: same("reloadExtraFile"),
  spew: switchRefused("use Python's own tracing, such as python -m trace.", "--spew"),
  check_config: switchRefused("it is a flag: give --check-config on the command line."),
  print_config: switchRefused("it is a flag: give --print-config on the command line."),
  preload_app: same("preload"),
  sendfile: {
    ...holds(null, "which way files are sent is chosen by what is fastest."),
    ...flags(false, "--no-sendfile"),
  },
  reuse_port: switchRefused(
    "one process takes all connections, and with --fronts several share one socket; leave it out.",
    "--reuse-port",
  ),
  chdir: same("chdir"),
  daemon: switchRefused(
    "let systemd, or whatever starts it, keep it in the background.",
    "--daemon",
    "-D",
  ),
  raw_env: same("env"),
  pidfile: same("pid"),
  worker_tmp_dir: {
    ...holds(null, "workers need no heartbeat file."),
    ...flags(true, "--worker-tmp-dir"),
  },
  user: same("user"),
  group: same("group"),
  umask: {
    ...same("umask"),
    inFile: "the mode of Unix sockets alone, as `--unix-socket-mode` gives it",
  },
  initgroups: {
    ...holds(null, "a user's groups always come with --user."),
    ...flags(false, "--initgroups"),
  },
  tmp_upload_dir: same("bodyTempDir"),
  secure_scheme_headers: {
    ...refused(
      "X-Forwarded-Proto is what is read of the proxies of --forwarded-allow-ips; have them send that.",
    ),
    inFile:
      "`X-FORWARDED-PROTO: https` is so; of others beside it a line at the start says that they are not read; without it refused",
  },
  forwarded_allow_ips: same("forwardedAllowIps"),
  accesslog: same("accessLogfile"),
  disable_redirect_access_to_syslog: {
    ...holds(null, "nothing is written to syslog."),
    ...flags(false, "--disable-redirect-access-to-syslog"),
  },
  access_log_format: same("accessLogformat"),
  errorlog: same("errorLogfile"),
  loglevel: same("logLevel"),
  capture_output: same("captureOutput"),
  logger_class: refused(PYTHON_LOG, "--logger-class"),
  logconfig: refused(PYTHON_LOG, "--log-config"),
  logconfig_dict: refused(PYTHON_LOG),
  logconfig_json: refused(PYTHON_LOG, "--log-config-json"),
  syslog_addr: refused(SYSLOG, "--log-syslog-to"),
  syslog: switchRefused(SYSLOG, "--log-syslog"),
  syslog_prefix: refused(SYSLOG, "--log-syslog-prefix"),
  syslog_facility: refused(SYSLOG, "--log-syslog-facility"),
  enable_stdio_inheritance: {
    ...holds(null, "workers always have the server's output."),
    ...flags(false, "--enable-stdio-inheritance", "-R"),
  },
  statsd_host: same("statsdHost"),
  dogstatsd_tags: same("dogstatsdTags"),
  statsd_prefix: same("statsdPrefix"),
  enable_backlog_metric: switchRefused(
    "what waits in the system's queue is not counted; leave it out.",
    "--enable-backlog-metric",
  ),
  proc_name: same("name"),
  default_proc_name: refused("--name says what the process is called."),
  pythonpath: same("pythonpath"),
  paste: refused(
    "name the application by a factory, such as module:make_app().",
    "--paste",
    "--paster",
  ),
  proxy_protocol: same("proxyProtocol"),
  proxy_allow_ips: same("proxyAllowFrom"),
  protocol: {
    ...holds(["http"], "only HTTP is spoken; let the proxy pass requests on by HTTP."),
    ...flags(true, "--protocol"),
  },
  uwsgi_allow_ips: refused(
    "only HTTP is spoken; let the proxy pass requests on by HTTP.",
    "--uwsgi-allow-from",
  ),
  keyfile: same("keyfile"),
  certfile: same("certfile"),
  ssl_version: refused("--tls-min-version says which versions are spoken.", "--ssl-version"),
  cert_reqs: same("certReqs"),
  ca_certs: same("caCerts"),
  suppress_ragged_eofs: {
    ...holds(null, "a client that leaves without a word is no error."),
    ...flags(false, "--suppress-ragged-eofs"),
  },
  do_handshake_on_connect: {
    ...holds(null, "handshakes never keep a worker busy."),
    ...flags(false, "--do-handshake-on-connect"),
  },
  ciphers: same("ciphers"),
  http_protocols: { ...holds(["h1", "h2,h1", "h1,h2"], HTTP2), ...flags(true, "--http-protocols") },
  http2_cleartext: {
    ...holds(["off"], "--http2 all speaks it without TLS, too."),
    ...flags(true, "--http2-cleartext"),
  },
  http2_max_concurrent_streams: same("http2MaxConcurrentStreams"),
  http2_initial_window_size: refused(HTTP2, "--http2-initial-window-size"),
  http2_max_frame_size: refused(HTTP2, "--http2-max-frame-size"),
  http2_max_header_list_size: refused(HTTP2, "--http2-max-header-list-size"),
  raw_paste_global_conf: refused(
    "name the application by a factory, such as module:make_app().",
    "--paste-global",
  ),
  permit_obsolete_folding: switchRefused(LAX, "--permit-obsolete-folding"),
  strip_header_spaces: switchRefused(LAX, "--strip-header-spaces"),
  permit_unconventional_http_method: switchRefused(LAX, "--permit-unconventional-http-method"),
  permit_unconventional_http_version: switchRefused(LAX, "--permit-unconventional-http-version"),
  casefold_http_method: switchRefused(LAX, "--casefold-http-method"),
  forwarder_headers: refused(
    "--forwarded-fields prefix takes SCRIPT_NAME from X-Forwarded-Prefix.",
    "--forwarder-headers",
  ),
  header_map: same("headerMap"),
  asgi_loop: refused(ASGI, "--asgi-loop"),
  asgi_lifespan: refused(ASGI, "--asgi-lifespan"),
  asgi_disconnect_grace_period: refused(ASGI, "--asgi-disconnect-grace-period"),
  websocket_max_message_size: refused(ASGI, "--websocket-max-message-size"),
  http_parser: {
    ...holds(null, "there is one parser, whose rules don't depend on what is installed."),
    ...flags(true, "--http-parser"),
  },
  root_path: refused(
    "only WSGI applications are served; --forwarded-fields prefix tells them where they are.",
    "--root-path",
  ),
  dirty_apps: refused(DIRTY, "--dirty-app"),
  dirty_workers: refused(DIRTY, "--dirty-workers"),
  dirty_timeout: refused(DIRTY, "--dirty-timeout"),
  dirty_threads: refused(DIRTY, "--dirty-threads"),
  dirty_graceful_timeout: refused(DIRTY, "--dirty-graceful-timeout"),
  control_socket: same("controlSocket"),
  control_socket_mode: refused(
    "the control socket is for the server's user alone.",
    "--control-socket-mode",
  ),
  control_socket_disable: {
    ...flags(false, "--no-control-socket"),
    meaning: { kind: "gives", key: "controlSocket", text: "off" },
  },
};

function same(key: SettingKey): GunicornSetting {
  return { flags: [], takesValue: true, meaning: { kind: "same", key } };
}

function holds(values: readonly string[] | null, why: string): GunicornSetting {
  return { flags: [], takesValue: true, meaning: { kind: "holds", values, why } };
}

function flags(
  takesValue: boolean,
  ...names: string[]
): Pick<GunicornSetting, "flags" | "takesValue"> {
  return { flags: names, takesValue };
}

function refused(why: string, ...names: string[]): GunicornSetting {
  return { flags: names, takesValue: true, meaning: { kind: "refused", why } };
}

function switchRefused(why: string, ...names: string[]): GunicornSetting {
  return { ...refused(why, ...names), takesValue: false };
}
