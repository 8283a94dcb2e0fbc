#!/usr/bin/env bash
# Chromium for the browser tests: found, or installed where nobody need be asked
# (root on Debian or Ubuntu), or named in one line. In CI its absence is an error;
# elsewhere those tests are skipped. page/pagetest knows the same names.
set -euo pipefail

found() {
	for name in chromium chromium-browser google-chrome google-chrome-stable; do
		if "$name" --version >/dev/null 2>&1; then return 0; fi # Ubuntu's chromium may be an empty shell
	done
	return 1
}

found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "installing Chromium for the browser tests" >&2
	apt-get update -qq >&2 || true
	DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null || true
	found && exit 0
fi
echo "Chromium is missing, so browser tests cannot run: apt-get install chromium (elsewhere: https://www.chromium.org/getting-involved/download-chromium)" >&2
[ -z "${CI:-}" ]
