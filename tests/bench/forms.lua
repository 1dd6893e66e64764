-- Sends each prepared form once: lines of address, cookie and body in the file named by FORMS. The threads share
-- them out in turn. wrk itself would go on until its time is up: the last thread to finish ends it.
local ffi = require("ffi")
ffi.cdef([[
  typedef struct { long seconds; long microseconds; } instant;
  int gettimeofday(instant *now, void *zone);
  int getpid(void);
  int kill(int pid, int signal);
]])
local INTERRUPT = 2
local count, all = 0, {}

function setup(thread)
  thread:set("number", count)
  count = count + 1
  table.insert(all, thread)
end

local function clock()
  local now = ffi.new("instant")
  ffi.C.gettimeofday(now, nil)
  return tonumber(now.seconds) + tonumber(now.microseconds) / 1e6
end

function init(args)
  mine, sent, answered, wrong, idle, began, ended = {}, 0, 0, 0, 0, 0, 0
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
  if sent == 0 then began = clock() end
  sent = sent + 1
  -- What is asked for after the last form is a page that costs nothing; it is not counted.
  return mine[sent] or wrk.format("GET", "/robots.txt")
end

local function mark(one)
  return os.getenv("FORMS") .. ".done" .. one
end

-- Nobody stops before all have finished: a worker would wait for whatever a silent connection may still ask.
local function finish()
  io.open(mark(number), "w"):close()
  for one = 0, tonumber(os.getenv("THREADS")) - 1 do
    local file = io.open(mark(one))
    if not file then return end
    file:close()
  end
  ffi.C.kill(ffi.C.getpid(), INTERRUPT)
end

function response(status)
  if status == 200 then -- the page that costs nothing: a form whose connection broke is not waited for
    idle = idle + 1
  else
    answered, ended = answered + 1, clock()
    if status ~= 303 then wrong = wrong + 1 end
  end
  if answered == #mine or idle >= 60 then finish() end
end

function done(summary, latency, requests)
  local answered, wrong, began, ended = 0, 0, math.huge, 0
  for _, thread in ipairs(all) do
    answered, wrong = answered + thread:get("answered"), wrong + thread:get("wrong")
    began, ended = math.min(began, thread:get("began")), math.max(ended, thread:get("ended"))
  end
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "wrong": %d, "worst": %d}\n',
    answered, ended - began, wrong, latency.max
  ))
end
