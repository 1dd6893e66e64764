-- Sends each prepared form once: lines of address, cookie and body in the file named by FORMS. The threads
-- share them out in turn, and each stops when its own are sent.
local count, threads = 0, {}

function setup(thread)
  thread:set("number", count)
  count = count + 1
  table.insert(threads, thread)
end

function init(args)
  mine, sent, answered, wrong, idle = {}, 0, 0, 0, 0
  local at = 0
  for line in io.lines(os.getenv("FORMS")) do
    if at % tonumber(os.getenv("THREADS")) == number then
      local path, cookie, body = line:match("^(.-)\t(.-)\t(.*)$")
      local headers = { ["Cookie"] = cookie, ["Content-Type"] = "application/x-www-form-urlencoded" }
      table.insert(mine, wrk.format("POST", path, headers, body))
    end
    at = at + 1
  end
end

function request()
  sent = sent + 1
  -- What is asked for after the last form is a page that costs nothing; it is not counted.
  return mine[sent] or wrk.format("GET", "/robots.txt")
end

function response(status)
  if status == 200 then -- the page that costs nothing: a form whose connection broke is not waited for
    idle = idle + 1
    if idle == 60 then wrk.thread:stop() end
    return
  end
  answered = answered + 1
  if status ~= 303 then wrong = wrong + 1 end
  if answered == #mine then wrk.thread:stop() end
end

function done(summary, latency, requests)
  local answered, wrong = 0, 0
  for _, thread in ipairs(threads) do
    answered = answered + thread:get("answered")
    wrong = wrong + thread:get("wrong")
  end
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "wrong": %d, "worst": %d}\n',
    answered, summary.duration, wrong, latency.max
  ))
end
