#!/usr/bin/env bash
# build.sh [--output DIR]: builds a binary package from sekisho.spec of what is committed, with the libraries of this machine, and holds it
# against the spec: its files, scripts and rpmlint. On Debian (packages rpm and rpmlint) that tries every line of the spec but those that
# name Fedora's packages; the package itself would fit no Fedora. Not optimised over all files, nor stripped: that is tried with the Debian package.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
output=
[ "${1:-}" != --output ] || output=${2:?--output needs a folder}
room=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-rpm.XXXXXX")
trap 'rm -rf "$room"' EXIT
for tool in rpmbuild rpmlint meson; do
	command -v $tool >/dev/null || { echo "$tool is missing. Run: apt-get install rpm rpmlint meson"; exit 77; }
done
version=$(sed -n "s/^ *version: '\(.*\)',.*/\1/p" "$top/meson.build" | head -n 1)
mkdir -p "$room/SOURCES"
git -C "$top" archive --prefix="sekisho-$version/" HEAD | gzip -9n >"$room/SOURCES/sekisho-$version.tar.gz"
rpmbuild -bb --nodeps --load "$here/macros.systemd" --define "_topdir $room" --define 'debug_package %{nil}' --define 'quick 1' --define '__os_install_post %{nil}' "$here/sekisho.spec" >"$room/log" 2>&1 ||
	{ grep -nE 'error|Error|FAILED|not found|Installed \(but' -A3 "$room/log" | head -n 30; tail -n 5 "$room/log"; exit 1; }
package=$(find "$room/RPMS" -name 'sekisho-*.rpm')
said=$(rpm -qp --qf '%{NAME} %{VERSION} %{LICENSE} %{POSTIN}' "$package")
[[ $said == "sekisho $version Apache-2.0 "* ]] || { echo "$said"; exit 1; }
rpm -qpl "$package" >"$room/files"
rpm -qpc "$package" >"$room/conffiles"
for file in /usr/sbin/sekishod /usr/bin/sekisho /usr/lib/systemd/system/sekishod.service /usr/lib/sysusers.d/sekisho.conf /usr/share/man/man8/sekishod.8 /usr/share/man/ja/man8/sekishod.8; do
	grep -qxE "$file(.gz)?" "$room/files" || { echo "the package lacks $file"; exit 1; }
done
grep -qxF /etc/sekisho/sekisho.yaml "$room/conffiles" || { echo "sekisho.yaml is no configuration file of the package"; exit 1; }
rpmlint --strict --config "$here/rpmlintrc-built.toml" "$package" >"$room/lint" 2>&1 || { cat "$room/lint"; exit 1; }
[ -z "$output" ] || { mkdir -p "$output" && cp "$package" "$output/"; }
echo "note: $(basename "$package"), $(wc -l <"$room/files") files"
