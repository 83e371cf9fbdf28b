# For tests of `unpark diagnose`: a directory to work in, and a way to say what a run must do.
set -u
unpark=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
fixtures=$here/tests/evidence/fixtures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export UNPARK_CACHE=off
unset NO_COLOR UNPARK_HTTP_TOKEN UNPARK_HTTP_USER UNPARK_HTTP_PASSWORD
failures=0

# case NAME: what follows is about this.
case_is() { name=$1; }

# run ARGUMENT...: of `unpark diagnose`. Standard input is what the caller gives.
run() {
  status=0
  "$unpark" diagnose "$@" >"$work/out" 2>"$work/err" || status=$?
}

complain() {
  echo "$name: $1"
  sed 's/^/  out: /' "$work/out" | head -40
  sed 's/^/  err: /' "$work/err" | head -40
  failures=$((failures + 1))
}

# expect STATUS: the exit code.
expect() { [ "$status" = "$1" ] || complain "exit code $status, not $1"; }
out_has() { grep -qF -- "$1" "$work/out" || complain "output without: $1"; }
out_lacks() { ! grep -qF -- "$1" "$work/out" || complain "output with: $1"; }
err_has() { grep -qF -- "$1" "$work/err" || complain "errors without: $1"; }
err_is_empty() { [ ! -s "$work/err" ] || complain "errors where there should be none"; }
# Nowhere in what is printed or in the given files.
nowhere() {
  local text=$1
  shift
  ! grep -rqF -- "$text" "$work/out" "$work/err" "$@" || complain "shows $text"
}

finish() {
  [ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
  echo 'all as expected'
}
