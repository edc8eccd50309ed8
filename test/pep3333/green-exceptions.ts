/** Rules that are not for workers of --worker-class gevent, by their sentences, each with the reason. */
export const greenExceptions: Readonly<Record<string, string>> = {
  "wsgi.multithread is false with one thread, wsgi.multiprocess with one process":
    "greenlets take turns, so wsgi.multithread is true",
  "with one thread no two requests are in the application at the same time": "greenlets take turns",
  "what read() gives is sent, whatever the descriptor holds":
    "gevent's os.close() waits for its loop, so a pipe has no end for who reads it at once",
};
