#!/usr/bin/env bash
# Installs what the tests use besides Go, as far as it may, and says what is
# missing where it may not: Debian's chromium (pages), gammu and smstools (they
# judge the modem simulator), Node.js with playwright-core and axe-core.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need chromium chromium
need gammu gammu
need gammu-smsd gammu-smsd
[ -x /usr/sbin/smsd ] || missing+=(smstools)
need node nodejs
need npm npm
fc-list 2>/dev/null | grep -qi dejavu || missing+=(fonts-dejavu-core)

if [ ${#missing[@]} -gt 0 ]; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
		echo "installing: ${missing[*]}"
		# A policy of 101 keeps the packages from starting daemons of their own.
		policy=/usr/sbin/policy-rc.d
		[ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; trap 'rm -f "$policy"' EXIT; }
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
	else
		echo "missing: ${missing[*]}"
		echo "install them (Debian: apt-get install ${missing[*]}) and run again" >&2
		exit 1
	fi
fi

if [ ! webui/e2e/node_modules/.package-lock.json -nt webui/e2e/package-lock.json ]; then
	(cd webui/e2e && npm ci --no-audit --no-fund --ignore-scripts)
fi
