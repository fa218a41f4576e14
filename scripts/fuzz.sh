#!/usr/bin/env bash
# Runs every fuzz target for FUZZTIME (5s by default).
set -euo pipefail
cd "$(dirname "$0")/.."
grep -rEl --include='*_test.go' '^func Fuzz' . | while read -r file; do
	grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | sed 's/^func //' | while read -r target; do
		echo "== $target ($(dirname "$file"))"
		go test "$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-5s}"
	done
done
