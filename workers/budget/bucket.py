"""The scripts that keep a token bucket in the broker: each runs as one step, so nobody overspends.

A bucket is a hash: tokens, at (when they were counted), until and why (a block), requests, bytes,
limit, remaining. A host is a hash: failures, until, why. Times are seconds since the epoch, by the
clock of the broker (or the one given), the same for all workers. Numbers come back as text, since a
reply would cut them to whole ones.
"""

from __future__ import annotations

__all__ = ["BLOCK", "FAIL", "LEARN", "SPEND"]

_CLOCK = """
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local t = redis.call('TIME')
  return t[1] + t[2] / 1000000
end
local function number(key, name) return tonumber(redis.call('HGET', key, name) or '0') end
local function block(key, until_, why)
  if until_ <= number(key, 'until') then return 0 end
  redis.call('HSET', key, 'until', string.format('%.6f', until_), 'why', why)
  return 1
end
"""

SPEND = (
    _CLOCK
    + """
-- keys: bucket, host, marker, set of buckets, hosts that are paused; args: now, burst, tokens per second,
-- name of the bucket, the limit that the rate was made for (0: none), how many times more is believed,
-- the longest wait, the host, the name for all hosts, how long who is paused waits
-- answers {seconds to wait, why}; 0 means granted, -1 means that the broker has forgotten everything
if redis.call('EXISTS', KEYS[3]) == 0 then return {'-1', ''} end
for _, why in ipairs(redis.call('HMGET', KEYS[5], ARGV[8], ARGV[9])) do
  if why then return {ARGV[10], why} end
end
local now, burst, rate = clock(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for _, key in ipairs({KEYS[1], KEYS[2]}) do
  local left = number(key, 'until') - now
  if left > tonumber(ARGV[7]) then
    -- the clock was put back by more than any host may ask for
    redis.call('HDEL', key, 'until', 'why')
  elseif left > 0 then return {tostring(left), redis.call('HGET', key, 'why')} end
end
-- a host that grants this identity more than others says so in its answers
local made_for, stated = tonumber(ARGV[5]), number(KEYS[1], 'limit')
if made_for > 0 and stated > made_for then
  rate = rate * math.min(stated / made_for, tonumber(ARGV[6]))
end
local tokens, at = burst, now
local stored = redis.call('HMGET', KEYS[1], 'tokens', 'at')
if stored[1] then
  -- a clock that was put back gives nothing and takes nothing
  tokens = math.min(burst, tonumber(stored[1]) + math.max(0, now - tonumber(stored[2])) * rate)
end
local granted = tokens >= 1
if granted then
  tokens = tokens - 1
  redis.call('HINCRBY', KEYS[1], 'requests', 1)
  redis.call('SADD', KEYS[4], ARGV[4])
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens), 'at', string.format('%.6f', at))
if granted then return {'0', ''} end
return {tostring((1 - tokens) / rate), 'the budget is used up'}
"""
)

LEARN = (
    _CLOCK
    + """
-- keys: bucket, host, set of buckets
-- args: now, bytes, limit or '', remaining or '', wait or '', why, name, '1' for an answer that is whole
-- such an answer ends the failures of the host; answers when the block ends, 0 where nothing new is blocked
local now = clock(ARGV[1])
redis.call('SADD', KEYS[3], ARGV[7])
redis.call('HINCRBY', KEYS[1], 'bytes', ARGV[2])
if ARGV[8] == '1' then redis.call('HDEL', KEYS[2], 'failures') end
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'limit', ARGV[3]) end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'remaining', ARGV[4])
  local remaining = math.max(0, tonumber(ARGV[4]))
  local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens') or 'inf')
  if remaining < 1 or remaining < tokens then
    -- what has come back since `at` is forgotten too: the host knows better
    redis.call('HSET', KEYS[1], 'tokens', remaining, 'at', string.format('%.6f', now))
  end
end
if ARGV[5] == '' then return '0' end
local until_ = now + tonumber(ARGV[5])
if block(KEYS[1], until_, ARGV[6]) == 0 then return '0' end
return string.format('%.6f', until_)
"""
)

FAIL = (
    _CLOCK
    + """
-- keys: host; args: now, failures allowed, first pause, longest pause, why
-- answers {when the pause ends, 0 where there is none yet; failures in a row}
local now = clock(ARGV[1])
-- requests that were under way when the pause began do not make it longer
if number(KEYS[1], 'until') > now then return {'0', '0'} end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
local over = failures - tonumber(ARGV[2])
if over < 0 then return {'0', tostring(failures)} end
local pause = math.min(tonumber(ARGV[3]) * 2 ^ math.min(over, 30), tonumber(ARGV[4]))
if block(KEYS[1], now + pause, ARGV[5]) == 0 then return {'0', tostring(failures)} end
return {string.format('%.6f', now + pause), tostring(failures)}
"""
)

BLOCK = (
    _CLOCK
    + """
-- keys: bucket, set of buckets; args: until, why, name, failures in a row
redis.call('SADD', KEYS[2], ARGV[3])
-- the next pause is to be longer than the last one, whoever has forgotten it meanwhile
local failures = tonumber(ARGV[4])
if failures > number(KEYS[1], 'failures') then redis.call('HSET', KEYS[1], 'failures', failures) end
return block(KEYS[1], tonumber(ARGV[1]), ARGV[2])
"""
)
