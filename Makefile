# The commands of a user who has just cloned this. Everything else is CMake: see docs/architecture.md.
.PHONY: build test demo oracle rule_pages

build:
	tools/setup
	cmake --preset release
	cmake --build --preset release

test: build
	@tests/page/page_test --find
	ctest --preset release --no-label-summary --parallel "$$(nproc)"

# unpark on the programs under examples/. That it finds something (exit code 1) is what a demo is for.
demo:
	tools/setup --demo
	cmake --preset release
	cmake --build --preset release --target unpark
	build/release/src/unpark check -C examples ./... || test $$? -eq 1

# Parser and checker beside go/parser and go/types on all of GOROOT. Needs the Go toolchain and minutes.
oracle:
	cmake --preset release
	cmake --build --preset release --target oracle_syntax_all oracle_types_all

rule_pages:
	cmake --preset release
	cmake --build --preset release --target unpark
	tools/rule_pages
