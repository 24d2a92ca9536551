#!/bin/sh
# Makes systemd the first process of a container: with a cgroup hierarchy of its own, also where the host has the old
# layout, in which containers do not get one. $1 is a name for it.
set -e
if [ "$(stat --file-system --format=%T /sys/fs/cgroup)" = cgroup2fs ]; then
  exec /lib/systemd/systemd
fi
mkdir -p /tmp/cgroup2
mount -t cgroup2 cgroup2 /tmp/cgroup2
mkdir -p "/tmp/cgroup2/$1"
echo $$ > "/tmp/cgroup2/$1/cgroup.procs"
umount /tmp/cgroup2
exec unshare --cgroup /bin/sh -c \
  'umount --recursive /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec /lib/systemd/systemd'
