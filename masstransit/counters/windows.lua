-- All operations of one tag, done atomically in order. KEYS[1] is "{tag}": every key below begins with it and so lives
-- in its slot. ARGV[1]: msgpack of {now in ms, {code, key, ...}, ...}. Returns msgpack of one flat array of answers.
-- What each operation means: operations.py; the same in Python: memory.py.

local BUCKETS, SAMPLE, LONGEST = 24, 4096, 32
local asked = cmsgpack.unpack(ARGV[1])
local now = asked[1]
local out, n = {}, 0

local function answer(value)
  n = n + 1
  out[n] = value
end

local function expire(key, ms)
  redis.call('PEXPIRE', key, math.max(1, math.ceil(ms)))
end

local function put(key, value, ms)
  redis.call('SET', key, value, 'PX', math.max(1, math.ceil(ms)))
end

-- {1, key, rate, burst, want} -> allowed, retry_after in ms
local function take(key, rate, burst, want)
  local interval = 1000 / rate
  local tat = math.max(tonumber(redis.call('GET', key) or now), now)
  local room = math.floor((now - tat) / interval + burst + 0.001)
  local allowed = math.min(want, math.max(room, 0))
  tat = tat + allowed * interval
  put(key, string.format('%.4f', tat), tat + interval - now)
  answer(math.max(allowed, 0))
  if allowed == want or want < 0 then
    answer(0)
  else
    answer(math.max(tat + interval - burst * interval - now, 1))
  end
end

-- {2, key, window in ms, add} -> before
local function count(key, window, add)
  local step = window / BUCKETS
  local current = math.floor(now / step)
  local before, buckets, order = 0, {}, {}
  for bucket, events in string.gmatch(redis.call('GET', key) or '', '(%d+):(%d+)') do
    bucket, events = tonumber(bucket), tonumber(events)
    if bucket >= current - BUCKETS and events > 0 then
      before = before + events
      buckets[bucket] = events
      order[#order + 1] = bucket
    end
  end
  answer(before)
  if add == 0 then return end
  if add > 0 then
    if not buckets[current] then order[#order + 1] = current end
    buckets[current] = (buckets[current] or 0) + add
  else
    table.sort(order)
    for i = #order, 1, -1 do
      local taken = math.min(-add, buckets[order[i]])
      buckets[order[i]] = buckets[order[i]] - taken
      add = add + taken
    end
  end
  for i, bucket in ipairs(order) do
    order[i] = string.format('%.0f:%.0f', bucket, buckets[bucket])
  end
  if #order > 0 then put(key, table.concat(order, ' '), window + step) end
end

-- {3, key, window in ms, members, drop} -> count, how many are fresh, their positions
local function distinct(key, window, members, drop)
  local levelled = key .. ':level'
  local level = 2 ^ tonumber(redis.call('GET', levelled) or 0)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  for _, member in ipairs(drop) do
    redis.call('ZREM', key, string.format('%.0f', member))
  end
  local fresh = {}
  for position, member in ipairs(members) do
    if member % level == 0 and redis.call('ZADD', key, now, string.format('%.0f', member)) == 1 then
      fresh[#fresh + 1] = position - 1
    end
  end
  local size = redis.call('ZCARD', key)
  while size > SAMPLE do
    level = level * 2
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      if tonumber(member) % level ~= 0 then redis.call('ZREM', key, member) end
    end
    size = redis.call('ZCARD', key)
    redis.call('SET', levelled, string.format('%.0f', math.log(level) / math.log(2)))
  end
  if #members > 0 then
    expire(key, window)
    if level > 1 then expire(levelled, window) end
  end
  answer(size * level)
  answer(#fresh)
  for _, position in ipairs(fresh) do answer(position) end
end

local function since(times, oldest)
  local kept = {}
  for at in string.gmatch(times or '', '%d+') do
    if tonumber(at) > oldest then kept[#kept + 1] = at end
  end
  return kept
end

local function newest(times)
  while #times > LONGEST do table.remove(times, 1) end
  return table.concat(times, ',')
end

-- {4, key, side, window in ms, keep in ms, add} -> turns, unanswered, answered
local function turn(key, side, window, keep, add)
  local spoke, other, said, turns = string.match(redis.call('GET', key) or '', '^(%a)|(%d+)|([%d,]*)|([%d,]*)$')
  local this = string.format('%.0f', now)
  other = tonumber(other or 0)
  said, turns = since(said, now - keep), since(turns, now - window)
  local same = spoke == side
  local unanswered = same and #said or 0
  local answered = (same and other > now - keep) or (not same and #said > 0)
  if add > 0 then
    if not same then
      if #said > 0 then turns[#turns + 1] = this end
      other = tonumber(said[#said] or 0)
      said = {}
    end
    for _ = 1, add do said[#said + 1] = this end
    spoke = side
  elseif add < 0 and same then
    for _ = 1, -add do said[#said] = nil end
    if #said == 0 and other > 0 then
      spoke = side == 'a' and 'b' or 'a'
      said, other = {string.format('%.0f', other)}, 0
      turns[#turns] = nil
    end
  end
  local state = string.format('%s|%.0f|%s|%s', spoke or side, other, newest(said), newest(turns))
  if add > 0 then
    put(key, state, keep)
  elseif add < 0 and same then
    redis.call('SET', key, state, 'KEEPTTL')
  end
  answer(math.min(#turns, LONGEST))
  answer(unanswered)
  answer(answered and 1 or 0)
end

-- {5, key, keep in ms, {which, how much}s} -> how many sums, then each one's name and value
local function sums(key, keep, add)
  local over = tonumber(redis.call('HGET', key, 'until') or 0)
  if over <= now then redis.call('DEL', key) end
  for _, part in ipairs(add) do
    redis.call('HINCRBY', key, part[1], part[2])
  end
  if #add > 0 then
    redis.call('HSET', key, 'until', string.format('%.0f', now + keep))
    expire(key, keep)
  end
  local found, all = {}, redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    if all[i] ~= 'until' and all[i + 1] ~= '0' then
      found[#found + 1] = tonumber(all[i])
      found[#found + 1] = tonumber(all[i + 1])
    end
  end
  answer(#found / 2)
  for _, value in ipairs(found) do answer(value) end
end

local kinds = {take, count, distinct, turn, sums}
for i = 2, #asked do
  local operation = asked[i]
  kinds[operation[1]](KEYS[1] .. operation[2], operation[3], operation[4], operation[5], operation[6])
end
return cmsgpack.pack(out)
