# The commands of a user who has just cloned this. Everything else is CMake: see docs/architecture.md.
.PHONY: build test

build:
	tools/setup
	cmake --preset release
	cmake --build --preset release

test: build
	ctest --preset release --no-label-summary --parallel "$$(nproc)"
