-- Asks one path with one body, and prints what was measured as JSON on the last line.
function init(arguments)
  local file = io.open(arguments[1], "rb")
  wrk.body = file:read("*a")
  file:close()
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '{"n_requests": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "n_failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, failed))
end
