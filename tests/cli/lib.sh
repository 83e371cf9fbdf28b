# What the tests of the command line share: a small Go installation, modules to break, and expectations.
# Sourced with the path of the unpark to test as $1.
set -uo pipefail
unpark=$(realpath "$1")
[ -x "$unpark" ] || { echo "no program $1"; exit 2; }
work=$(mktemp -d)
work=$(cd "$work" && pwd -P)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
failed=0

# A Go installation with next to nothing in it: tests are fast, and the same with Go and without.
mkdir -p "$work"/go/src/{runtime,os,reflect,testing/internal/testdeps,fmt} "$work/home"
echo go1.22.0 >"$work/go/VERSION"
for package in runtime os reflect testing fmt; do
  echo "package $package" >"$work/go/src/$package/$package.go"
done
echo 'package testdeps' >"$work/go/src/testing/internal/testdeps/deps.go"
export GOROOT=$work/go GOMODCACHE=$work/modcache GOENV=off HOME=$work/home UNPARK_CACHE=off
unset GOFLAGS GOWORK GOTOOLCHAIN GOOS GOARCH XDG_CACHE_HOME NO_COLOR GO111MODULE

# A function that has a finding.
leak='
func Leak(stop bool) int {
	answers := make(chan int)
	go func() { answers <- 1 }()
	if stop {
		return 0
	}
	return <-answers
}
'

# module NAME: a module with the package good, which has one finding; the directory becomes $m.
module() {
  m=$work/$1
  mkdir -p "$m/good"
  printf 'module example.com/m\n\ngo 1.22\n' >"$m/go.mod"
  printf 'package good\n%s' "$leak" >"$m/good/good.go"
}

fail() {
  echo "$name: $1"
  { grep '^error' "$work/out"; cat "$work/err"; } | sed 's/^/    | /'
  failed=1
}

# run ARGUMENT...: `unpark check` in $m; standard output goes to $work/out, errors to $work/err.
run() {
  name=${m##*/}
  status=0
  (cd "$m" && exec timeout 120 "$unpark" check "$@") >"$work/out" 2>"$work/err" || status=$?
}

# expect STATUS FINDINGS [TEXT...]: of the last run. Each text stands in what it wrote to standard error.
expect() {
  local count text
  [ "$status" -eq "$1" ] || fail "exit $status, expected $1"
  count=$(grep -c '^error\[UP1005' "$work/out")
  [ "$count" -eq "$2" ] || fail "$count findings, expected $2"
  shift 2
  for text in "$@"; do
    grep -qF -- "$text" "$work/err" || fail "nothing says \"$text\""
  done
}

# expect_not TEXT: is not on standard error.
expect_not() {
  ! grep -qF -- "$1" "$work/err" || fail "something says \"$1\""
}

finish() {
  [ $failed -eq 0 ] && echo 'all as expected'
  exit $failed
}
