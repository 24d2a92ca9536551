#!/bin/bash
# container-host.sh NAME DIRECTORY...
#
# Becomes a host called NAME that has a network, /run and /etc/hosts of its own, with DIRECTORY made in it, and stays
# until it is ended. To be called through `unshare --net --mount`; nothing outside sees any of it.
set -euo pipefail

name=$1
shift

hosts=$(mktemp)
printf '127.0.0.1 localhost %s\n' "$name" >"$hosts"
mount --bind "$hosts" /etc/hosts
rm "$hosts"

mount -t tmpfs tmpfs /run
mkdir -p "$@"
ip link set lo up

echo ready
exec sleep infinity
