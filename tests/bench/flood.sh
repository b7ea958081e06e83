#!/usr/bin/env bash
# flood.sh BUILD [COUNT]: a million distinct offenders (or COUNT) through the alerts; state stays within its limits.
set -euo pipefail
build=${1:?which build directory?}
time SEKISHO_FLOOD=${2:-1000000} CK_RUN_CASE=flood "$build/tests/unit/test_alert_life"
