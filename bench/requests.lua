-- What wrk asks for. WORKLOAD names it, SECRET is the API key, SAMPLES a file of `id slug` lines.

local workload = os.getenv("WORKLOAD")
local ids, slugs = {}, {}
for line in io.lines(os.getenv("SAMPLES")) do
  local id, slug = line:match("(%S+) (%S+)")
  ids[#ids + 1], slugs[#slugs + 1] = id, slug
end
local words = { "harbour", "bakery", "cli", "foundry", "north gar", "golden", "obs", "quiet mill", "press 12", "royal" }
local headers = { ["authorization"] = "Bearer " .. os.getenv("SECRET"), ["content-type"] = "application/json" }
local count, next_thread = 0, 0

function setup(thread)
  -- A global of the thread's own script.
  thread:set("thread_id", next_thread)
  next_thread = next_thread + 1
end

function init()
  math.randomseed(os.time() + thread_id)
end

local function any(list)
  return list[math.random(#list)]
end

local function unique()
  count = count + 1
  return string.format("%x-%d-%d", os.time(), thread_id, count)
end

local make = {
  empty = function() return wrk.format("GET", "/") end,
  authenticate = function() return wrk.format("GET", "/v1/project", headers) end,
  verify = function()
    return wrk.format("POST", "/v1/keys/verify", headers, '{"key":"' .. os.getenv("SECRET") .. '","permissions":["tenant:read"]}')
  end,
  get_by_id = function() return wrk.format("GET", "/v1/tenants/" .. any(ids), headers) end,
  get_by_slug = function() return wrk.format("GET", "/v1/tenants/slug:" .. any(slugs), headers) end,
  list = function() return wrk.format("GET", "/v1/tenants?limit=20", headers) end,
  search = function() return wrk.format("GET", "/v1/tenants?q=" .. any(words):gsub(" ", "+"), headers) end,
  create = function() return wrk.format("POST", "/v1/tenants", headers, '{"name":"New tenant ' .. unique() .. '"}') end,
  update = function()
    return wrk.format("PATCH", "/v1/tenants/" .. any(ids), headers, '{"description":"' .. unique() .. '"}')
  end,
}

request = make[workload]

-- Says why a write failed. Reads are too many to look at each answer.
if workload == "create" or workload == "update" then
  response = function(status, _, body)
    if status >= 400 then
      io.stderr:write(status, " ", body, "\n")
    end
  end
end
