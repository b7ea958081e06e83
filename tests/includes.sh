#!/usr/bin/env bash
# The arrows of the architecture, held against the #include lines:
#   base <- event <- {net, dissectors, ledger, rules, alert, sinks} <- app; the ones in braces never include each other.
set -euo pipefail
cd "$(dirname "$0")/.."
wrong=0
# check FOLDER ALLOWED_PREFIX...: project includes of FOLDER must begin with one of these (or name a file of the same folder)
check() {
	local folder=$1 file line header ok prefix
	shift
	while IFS=: read -r file line header; do
		ok=
		for prefix in "$@"; do
			[[ $header == "$prefix"/* ]] && ok=1
		done
		[[ $header != */* && -f $(dirname "$file")/$header ]] && ok=1
		if [ -z "$ok" ]; then
			echo "$file:$line: includes \"$header\"; $folder may include only: $*"
			wrong=$((wrong + 1))
		fi
	done < <(grep -rnoE '^#include "[^"]+"' "$folder" --include='*.[ch]' --include='*.def' --include='*.y' --include='*.l' | sed 's/#include "\(.*\)"/\1/')
}
check daemon/base base
check daemon/event base event
check daemon/net base event net
for d in dissectors/*/; do
	# discovery: the vocabulary that all share; smb: one kind of record for the logons that HTTP carries too; login: passwords as shipped;
	# ot: requests that wait for their answers
	check "${d%/}" base event discovery smb login ot "$(basename "$d")"
done
check daemon/ledger base event ledger
check rules/engine base event engine
check daemon/alert base event alert
check daemon/sinks base event sinks
check daemon/app base event net ledger engine alert sinks app
# nDPI stays behind one file
n=$(grep -rlE 'ndpi_(api|main|typedefs)\.h' daemon dissectors rules | wc -l)
[ "$n" -le 1 ] || { echo "nDPI's headers are included by $n files; one is allowed"; wrong=$((wrong + 1)); }
[ $wrong -eq 0 ] && echo "all includes point the right way"
exit $((wrong > 0))
