-- Arguments after "--": the number of bytes of the request body; 0 is a GET.
-- Prints one line of JSON at the end. There is no `request` and no `response` function on purpose:
-- with them wrk would run Lua for every request and measure itself.

function init(args)
  local bytes = tonumber(args[1])
  if bytes > 0 then
    wrk.method = "POST"
    wrk.body = string.rep("b", bytes)
    wrk.headers["Content-Type"] = "application/octet-stream"
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nreport {"durationMicros":%d,"requests":%d,"p50Micros":%d,"p99Micros":%d,"p999Micros":%d,'
      .. '"connectErrors":%d,"readErrors":%d,"writeErrors":%d,"timeouts":%d,"badStatuses":%d}\n',
    summary.duration, summary.requests,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.connect, errors.read, errors.write, errors.timeout, errors.status
  ))
end
