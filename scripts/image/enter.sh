# Only a shell can replace itself by the service, so that signals reach the service itself.
set -eu
mount --bind "$1" "$1"
mount -o remount,bind,ro,nosuid,nodev "$1"
exec chroot --userspec=65532:65532 "$1" /usr/local/bin/node /app/src/server.ts
