#!/usr/bin/env bash
# build-deb.sh [--output DIR] [--work DIR] [--version V]
#
# Builds the Debian packages of what is committed, unsigned: a clean export of HEAD with packaging/debian as its debian/, given to
# dpkg-buildpackage. What comes out (.deb, -dbgsym, source, .changes) lies in build/deb, or in --output.
#
# --work     build there instead of in a temporary folder; it is removed afterwards, too
# --version  call it that instead of what debian/changelog says, as a test of upgrades needs it
# DEB_BUILD_OPTIONS="noopt optimize=-lto" makes a quick build; DEB_BUILD_OPTIONS=nocheck leaves out the factory's replay.
set -euo pipefail
umask 022 # modes in the source package come from files that are made here
top=$(cd "$(dirname "$0")/.." && pwd)
output=$top/build/deb
work=
version=
while [ $# -gt 0 ]; do
	case $1 in
	--output) output=${2:?--output needs a folder}; shift 2 ;;
	--work) work=${2:?--work needs a folder}; shift 2 ;;
	--version) version=${2:?--version needs a version}; shift 2 ;;
	-h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*) echo "build-deb.sh: unknown option $1. See --help" >&2; exit 2 ;;
	esac
done
mkdir -p "$top/build" "$output"
output=$(cd "$output" && pwd)
LOG=$top/build/deb.log
# shellcheck source=packaging/lib.sh
. "$top/packaging/lib.sh"
need_packages "${BUILD_PACKAGES[@]}" "${DEB_PACKAGES[@]}"
git -C "$top" rev-parse -q --verify HEAD >/dev/null || die "$top is no git checkout: the package is made from what is committed"

if [ -n "$work" ]; then
	[ ! -e "$work" ] || die "$work is there already. Name a folder that is not"
	mkdir -p "$work"
else
	work=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-deb.XXXXXX")
fi
trap 'rm -rf "$work"' EXIT

debian_version=$(git -C "$top" show HEAD:packaging/debian/changelog | sed -n '1s/.*(\(.*\)).*/\1/p')
meson_version=$(git -C "$top" show HEAD:meson.build | sed -n "s/^ *version: '\(.*\)',.*/\1/p" | head -n 1)
[ "${debian_version%-*}" = "$meson_version" ] ||
	die "packaging/debian/changelog is at ${debian_version%-*} and meson.build at $meson_version. Bring them together"
name=sekisho-${version:-$meson_version}
tree=$work/$name

# the export, as the source package holds it: times of the commit, nothing else of this machine
mkdir "$tree"
git -C "$top" archive HEAD | tar -xf - -C "$tree"
if [ -n "$version" ]; then
	sed -i "0,/version: '$meson_version'/s//version: '$version'/" "$tree/meson.build"
	sed -i "1s/($debian_version)/($version-1)/" "$tree/packaging/debian/changelog"
fi
when=$(git -C "$top" log -1 --format=%ct)
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rw,go=rX --mtime="@$when" -cf - "$name" |
	gzip -9n >"$work/sekisho_${version:-$meson_version}.orig.tar.gz"
cp -r "$tree/packaging/debian" "$tree/debian"

say "dpkg-buildpackage: sekisho ${version:-$debian_version} (log: ${output}/build.log)"
(cd "$tree" && dpkg-buildpackage -us -uc) >"$output/build.log" 2>&1 || {
	grep -nE '(^|[^-W])error: |Error [0-9]|FAILED|fatal|ended with' "$output/build.log" | cut -c 1-400 | head -n 20 >&2
	tail -n 5 "$output/build.log" >&2
	die "dpkg-buildpackage failed (full log: $output/build.log)"
}
find "$work" -maxdepth 1 -type f -exec mv -f {} "$output/" \;
for f in "$output"/*.deb; do
	echo "${f#"$output"/}: $(du -h "$f" | cut -f1)"
done
