# Puts the token where the injected volume would be, then becomes the sidecar, without privileges,
# which daprd insists on. Its file is mounted there too: that user may not reach it elsewhere.
set -eu
token=$1 folder=$2 daprd=$3
shift 3
mkdir -p "$folder"
mount -t tmpfs -o mode=755 tmpfs "$folder"
install -m 444 "$token" "$folder/token"
touch "$folder/daprd"
mount --bind "$daprd" "$folder/daprd"
exec setpriv --reuid=65532 --regid=65532 --clear-groups --no-new-privs "$folder/daprd" "$@"
