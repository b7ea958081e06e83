#!/usr/bin/env bash
# check.sh: reads sekisho.spec with rpmspec and rpmlint (packages rpm and rpmlint). That its lists are
# complete is held by tests/packaging.py. build.sh beside it builds a package.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
for tool in rpmspec rpmlint; do
	command -v $tool >/dev/null || { echo "$tool is missing. Run: apt-get install rpm rpmlint"; exit 77; }
done

rpmspec --load "$here/macros.systemd" -P "$here/sekisho.spec" >"$room/spec"
! grep -nE '%\{|^%[a-z_]+\(' "$room/spec" | grep -vE ':%(config|attr|lang)\(' || { echo "sekisho.spec: macros were left"; exit 1; }
version=$(rpmspec --load "$here/macros.systemd" -q --srpm --qf '%{VERSION}' "$here/sekisho.spec")
grep -q "version: '$version'" "$top/meson.build" || { echo "sekisho.spec is at $version, meson.build is not"; exit 1; }
rpmlint --strict --config "$here/rpmlintrc.toml" "$here/sekisho.spec"
