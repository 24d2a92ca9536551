#!/bin/bash
# on-another-host.sh SOCKET NAME COMMAND [ARGUMENT...]
#
# Runs a command in mounts of its own, where the daemon's socket is /var/run/docker.sock and NAME is
# this host. To be called through `unshare --mount`; nothing outside sees any of it.
set -euo pipefail

socket=$1 name=$2
shift 2

hosts=$(mktemp)
{
  cat /etc/hosts
  echo "127.0.0.1 $name"
} >"$hosts"
mount --bind "$hosts" /etc/hosts

# What names are looked up with may live in /run, and is kept.
resolver=$(realpath /etc/resolv.conf)
kept=$(cat "$resolver")
mount -t tmpfs tmpfs /run
if [[ $resolver == /run/* ]]; then
  mkdir -p "$(dirname "$resolver")"
  printf '%s\n' "$kept" >"$resolver"
fi
ln -s "$socket" /run/docker.sock
rm "$hosts"

exec "$@"
