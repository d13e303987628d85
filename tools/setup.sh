#!/usr/bin/env bash
# Makes .venv ready to run Groundtruce (`run`) or to work on it (`dev`); does nothing when it is ready already.
#
# Rules:
# - only locked packages with matching hashes are installed (requirements/*.txt);
# - outside this folder only Debian packages are touched, and only as root (tools/debian-packages.txt);
#   for one that only the release's backports have, apt is told of the backports of the mirror it uses already;
# - it never asks: it works, or it says in one message what is missing and ends with 2.
set -euo pipefail

readonly OLDEST_PYTHON='(3, 11)'
readonly STAMP='.venv/groundtruce-setup.stamp'

say() { printf 'setup: %s\n' "$*" >&2; }
stop() { say "$@"; exit 2; }

mode="${1:-}"
case "$mode" in
  run | dev) ;;
  *) stop 'usage: tools/setup.sh run|dev' ;;
esac
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
root="$PWD"

has() { command -v "$1" >/dev/null 2>&1; }
is_debian() { has dpkg-query && has apt-get; }

# --- Debian packages -----------------------------------------------------------------------------

is_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# Prints the entries (`a`, `a|b` or `a@backports`) that the mode needs: `dev` includes `run`.
needed_packages() {
  local entry scope
  while IFS=$'\t' read -r entry scope _; do
    if [[ -z "$entry" || "$entry" == \#* ]]; then continue; fi
    if [[ "$scope" == run || "$scope" == "$mode" ]]; then printf '%s\n' "$entry"; fi
  done <tools/debian-packages.txt
}

# Prints those of the entries given that are not installed in any of their forms.
missing_packages() {
  local entry name names
  for entry in "$@"; do
    IFS='|' read -r -a names <<<"$entry"
    for name in "${names[@]}"; do
      if is_installed "${name%@backports}"; then continue 2; fi
    done
    printf '%s\n' "$entry"
  done
}

# Prints the first form of the entry that apt can install here, or the first form if it knows none.
installable_name() {
  local name names
  IFS='|' read -r -a names <<<"$1"
  for name in "${names[@]}"; do
    if apt-cache show --no-all-versions "$name" >/dev/null 2>&1; then
      printf '%s\n' "$name"
      return
    fi
  done
  printf '%s\n' "${names[0]}"
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" </dev/null; }

install_packages() {
  local entry log names=()
  if (($(id -u) != 0)); then
    for entry in "$@"; do names+=("$(installable_name "$entry")"); done
    stop "Debian packages are missing. Install them, then run this again:
  sudo apt-get install --no-install-recommends ${names[*]}"
  fi
  say "installing the Debian packages $* …"
  log="$(mktemp)"
  # A failing mirror is told by the install itself, and only if it matters.
  apt update >"$log" 2>&1 || true
  for entry in "$@"; do names+=("$(installable_name "$entry")"); done
  if ! apt install --yes --no-install-recommends "${names[@]}" >>"$log" 2>&1; then
    tail -n 20 -- "$log" >&2
    rm -f -- "$log"
    stop "apt-get could not install ${names[*]}; its last lines are above."
  fi
  rm -f -- "$log"
}

# Tells whether the release itself has all the packages given.
is_in_release() {
  local name
  for name in "$@"; do
    apt-cache madison "$name" 2>/dev/null | awk '!/-backports\// { found = 1 } END { exit !found }' || return 1
  done
}

readonly BACKPORTS_SOURCE='/etc/apt/sources.list.d/groundtruce-backports'

# Tells apt of the release's backports in the words that its sources have for the release: mirror, key, options.
add_backports() {
  local codename="$1" file release entry
  # shellcheck disable=SC2016 # apt fills these in
  file="$(apt-get indextargets --format '$(RELEASE) $(SOURCESENTRY)' "Codename: $codename" 'Origin: Debian' | head -n 1)"
  read -r release file <<<"$file"
  file="${file%:*}"
  case "$file" in
    *.sources) # stanzas of `Field: value`
      entry="$(awk -v RS='' -v FS='\n' -v release="$release" -v backports="$codename-backports" '
        $0 ~ "(^|\n)Suites:([^\n]*[ \t])?" release "([ \t\n]|$)" {
          for (i = 1; i <= NF; i++) {
            if ($i ~ /^Suites:/) print "Suites: " backports
            else if ($i !~ /^#/) print $i
          }
          exit
        }' "$file")" ;;
    *.list) # lines of `deb [options] mirror suite component…`
      entry="$(awk -v release="$release" -v backports="$codename-backports" '
        $1 == "deb" { for (i = 3; i < NF; i++) if ($i == release) { $i = backports; print; exit } }' "$file")" ;;
    *) return 1 ;;
  esac
  [[ -n "$entry" ]] || return 1
  file="$BACKPORTS_SOURCE.${file##*.}"
  say "telling apt of $codename-backports in $file …"
  printf '# Made by tools/setup.sh of Groundtruce.\n%s\n' "$entry" >"$file"
}

# Installs packages that older releases have in their backports only. A mirror may do without backports, and
# what comes from there are second opinions for the tests, which skip without them: so this never stops.
install_from_backports() {
  local log codename options=() added=no
  if (($(id -u) != 0)); then
    say "going on without $*, which root can install: sudo bash tools/setup.sh $mode"
    return
  fi
  say "installing the Debian packages $* …"
  log="$(mktemp)"
  apt update >"$log" 2>&1 || true
  if ! is_in_release "$@"; then
    codename="$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)"
    if [[ -z "$(apt-get indextargets "Codename: $codename-backports")" ]] && add_backports "$codename"; then
      added=yes
      apt update >>"$log" 2>&1 || true
    fi
    options=(--target-release "$codename-backports")
  fi
  if ! apt install --yes --no-install-recommends "${options[@]}" "$@" >>"$log" 2>&1; then
    tail -n 5 -- "$log" >&2
    say "going on without $*: apt-get could not install it; its last lines are above."
    if [[ "$added" == yes ]]; then rm -f -- "$BACKPORTS_SOURCE".*; fi
  fi
  rm -f -- "$log"
}

debian_packages() {
  local entry entries=() plain=() backports=()
  mapfile -t entries < <(needed_packages)
  mapfile -t entries < <(missing_packages "${entries[@]}")
  for entry in "${entries[@]}"; do
    if [[ "$entry" == *@backports ]]; then backports+=("${entry%@backports}"); else plain+=("$entry"); fi
  done
  if ((${#plain[@]})); then install_packages "${plain[@]}"; fi
  if ((${#backports[@]})); then install_from_backports "${backports[@]}"; fi
}

# --- Python --------------------------------------------------------------------------------------

# Prints the first Python that is new enough and passes the check given (a Python statement).
# A name on the path may be a stand-in that does not run, so each is tried.
find_python() {
  local name
  for name in python3.13 python3.12 python3.11 python3; do
    if "$name" -c "import sys; assert sys.version_info >= $OLDEST_PYTHON; $1" >/dev/null 2>&1; then
      command -v "$name"
      return
    fi
  done
  return 1
}

# An environment that was moved, or whose Python is gone, does not pass: its scripts hold its first path.
is_venv_sound() {
  grep -qF -- "$root/.venv" .venv/bin/activate 2>/dev/null &&
    .venv/bin/python -c "import sys, pip; assert sys.version_info >= $OLDEST_PYTHON" >/dev/null 2>&1
}

make_venv() {
  local python
  if ! python="$(find_python 'import venv, ensurepip')"; then
    # Debian keeps the part of Python that makes environments in a package of its own.
    if is_debian && ! is_installed python3-venv; then install_packages python3-venv; fi
    python="$(find_python 'import venv, ensurepip')" ||
      stop "Python 3.11 or newer with its venv module is needed; here is $(python3 --version 2>/dev/null || echo none)."
  fi
  say "making .venv with $("$python" --version) …"
  "$python" -m venv --clear .venv
}

# Everything that decides what .venv holds.
fingerprint() { cat -- pyproject.toml requirements/run.txt requirements/dev.txt | cksum; }

is_ready() {
  local done_mode done_root done_fingerprint
  [[ -f "$STAMP" ]] || return 1
  { read -r done_mode && read -r done_root && read -r done_fingerprint; } <"$STAMP" || return 1
  [[ "$done_mode" == "$mode" || "$done_mode" == dev ]] &&
    [[ "$done_root" == "$root" && "$done_fingerprint" == "$(fingerprint)" ]] &&
    [[ -x .venv/bin/python && -x .venv/bin/groundtruce ]]
}

# Twice quiet: pip shows errors only.
pip_install() {
  .venv/bin/python -m pip --quiet --quiet --disable-pip-version-check --no-input install "$@" </dev/null ||
    stop 'pip could not finish; its message is above. Nothing outside .venv was changed; run this again.'
}

python_packages() {
  rm -f -- "$STAMP"
  if ! is_venv_sound; then make_venv; fi
  say "installing $(grep -c '^[a-z0-9].*==' "requirements/$mode.txt") locked packages into .venv; the first time takes a minute …"
  pip_install --require-hashes --requirement "requirements/$mode.txt"
  pip_install --no-deps --no-build-isolation --editable .
}

# Elsewhere than on Debian we cannot install the libraries, but we can see whether they load.
other_system() {
  say "this is not Debian; the counterparts of these packages are needed: $(needed_packages | sed 's/@backports//' | tr '\n' ' ')"
  .venv/bin/python -c 'import weasyprint' >/dev/null 2>&1 ||
    stop 'the libraries that lay out the PDF report (pango, harfbuzz) do not load. Install them, then run this again.'
  say 'the libraries of the PDF report load, so this goes on; what else is missing, the tests will tell.'
}

# --- The way -------------------------------------------------------------------------------------

if is_debian; then debian_packages; fi
if ! is_ready; then
  python_packages
  if ! is_debian; then other_system; fi
  printf '%s\n' "$mode" "$root" "$(fingerprint)" >"$STAMP"
  say "ready ($mode)."
fi
# Last, since a new .venv starts without it.
if [[ "$mode" == dev ]]; then bash tools/verifier.sh; fi
