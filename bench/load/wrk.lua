-- Arguments after "--": the number of bytes of the request body (0 is a GET), and the shape of the load
-- (items.ts). Prints one line of JSON at the end. Where one request is like the other there is no `request`
-- function, and nowhere a `response` function: with them wrk runs Lua for every request and measures itself.

local PIPELINED = 16
local SLOW_ONE_OF = 100

local shapes = {}

function shapes.closed()
  wrk.headers["Connection"] = "close"
end

function shapes.pipelined()
  local one = wrk.format()
  local sixteen = string.rep(one, PIPELINED)
  request = function() return sixteen end
end

function shapes.methods()
  local body = string.rep("b", 1024)
  local chunked = { ["Transfer-Encoding"] = "chunked", ["Host"] = wrk.headers["Host"] }
  -- Without its own body wrk adds no Content-Length; the chunks stand behind the head.
  local head = wrk.format("POST", "/", chunked)
  local requests = {
    wrk.format("GET", "/"),
    wrk.format("POST", "/", nil, body),
    head .. "400\r\n" .. body .. "\r\n0\r\n\r\n",
  }
  local turn = 0
  request = function()
    turn = turn % 3 + 1
    return requests[turn]
  end
end

function shapes.speeds()
  local fast, slow = wrk.format("GET", "/"), wrk.format("GET", "/slow")
  local turn = 0
  request = function()
    turn = turn + 1
    return turn % SLOW_ONE_OF == 0 and slow or fast
  end
end

function init(args)
  local bytes = tonumber(args[1])
  if bytes > 0 then
    wrk.method = "POST"
    wrk.body = string.rep("b", bytes)
    wrk.headers["Content-Type"] = "application/octet-stream"
  end
  local shape = shapes[args[2]]
  if shape then shape() end
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
