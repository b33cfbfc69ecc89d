#!/bin/sh
# Starts the broker with a user for each service, who may do what it needs and nothing else.
# The passwords come from the secrets; their digests alone are written, to memory.
set -eu

digest() { printf %s "$(cat "/run/secrets/broker_$1")" | sha256sum | cut -d ' ' -f 1; }

# What each client says for itself. Scripts run with the rights of their caller; `eval` and `script flush`
# are refused, and so are all keys but those named.
client='+ping +hello +auth +select +client|setname +client|id'
scripts='+evalsha +script|load +script|exists +time +multi +exec +watch +unwatch +discard'
# The budgets of the hosts (workers/budget).
budget='~ghostcrawl:budget:* +exists +hget +hset +hmget +hincrby +hdel +hgetall +sadd +smembers +set +del'
# Which queues there are (kombu, "Redis transport"); a worker also takes what another did not acknowledge.
queues='~_kombu.binding* +llen +sadd +smembers +exists'
# What Celery's workers say of themselves, and the questions of `celery inspect` that they answer.
events='&/0.celery.pidbox &/0.celeryev* +publish +subscribe +psubscribe +unsubscribe +punsubscribe'
taken='~unacked* +zadd +zrem +zrange +zrevrangebyscore +zrangebyscore +hset +hget +hdel +set +get +del +expire +pexpire'

# Nobody can be `default`, whose rights are those of the append-only file when it is read at the start.
cat >/tmp/users.acl <<ACL
user default off resetpass ~* &* +@all
user health on nopass resetchannels -@all +ping
user dispatcher on #$(digest dispatcher) resetchannels -@all $client $scripts $budget $queues ~api* ~git* +lpush
user api on #$(digest api) resetchannels -@all $client $scripts $budget $queues $events $taken ~api* +brpop +lpush +rpush
user git on #$(digest git) resetchannels -@all $client $scripts $budget $queues $events $taken ~git* +brpop +lpush +rpush
ACL

# The image answers at any address of its networks, which are internal.
exec valkey-server --aclfile /tmp/users.acl --protected-mode no --dir /data \
  --appendonly yes --appendfsync everysec --maxmemory-policy noeviction --save ''
