#!/usr/bin/env bash
# Builds .venv/bin/recordverify, the independent verifier of the record (verifier/), with Debian's Go alone;
# does nothing when it is newer than its sources.
#
# Rules:
# - nothing is downloaded: the one library comes from Debian (golang-golang-x-mod-dev);
# - outside this folder nothing is written, Go's cache included;
# - where Go is missing it says so and ends well: whoever needs the program sees that it is not there.
set -euo pipefail

readonly PROGRAM='.venv/bin/recordverify'
readonly LIBRARIES='/usr/share/gocode'

say() { printf 'verifier: %s\n' "$*" >&2; }

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# A file that was taken away leaves its folder newer.
is_fresh() { [[ -x "$PROGRAM" && -z "$(find verifier/src tools/verifier.sh -newer "$PROGRAM" -print -quit)" ]]; }

# Prints the Go to build with: the one that the program is tested with, else the one on the path.
find_go() {
  local go
  for go in /usr/lib/go-1.19/bin/go "$(command -v go || true)"; do
    if [[ -x "$go" ]]; then
      printf '%s\n' "$go"
      return
    fi
  done
  return 1
}

if is_fresh; then exit 0; fi
if ! go="$(find_go)" || [[ ! -d "$LIBRARIES/src/golang.org/x/mod/sumdb/tlog" ]]; then
  say "not built: the Debian packages golang-1.19-go (or golang-go) and golang-golang-x-mod-dev are not here. The rest works without it."
  exit 0
fi
say "building $PROGRAM with $("$go" version) …"
mkdir -p -- "${PROGRAM%/*}"
# Under another name first: the program is whole or absent, even for who starts it meanwhile.
built="$PROGRAM.$$"
trap 'rm -f -- "$built"' EXIT
GO111MODULE=off GOFLAGS='' GOENV=off GOTOOLCHAIN=local CGO_ENABLED=0 GOCACHE="$PWD/.cache/go" \
  GOPATH="$PWD/verifier:$LIBRARIES" "$go" build -o "$built" recordverify
mv -f -- "$built" "$PROGRAM"
