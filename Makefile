# One way in. `make help` lists the targets; each does the set-up it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PACKAGES := ca-certificates git libhdf5-dev libjpeg62-turbo-dev liblmdb-dev \
            libminizip-dev libpng-dev libtiff-dev libwebp-dev libzmq3-dev pkg-config \
            zlib1g-dev
# One configuration for the program and its tests, so that nothing is built twice.
CONFIGURATION := -c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error
HEADSTART = $$(swift build $(CONFIGURATION) --show-bin-path)/headstart
SIMULATE = $$(swift build $(CONFIGURATION) --show-bin-path)/headstart-simulate
FUZZ = $$(swift build $(CONFIGURATION) --show-bin-path)/headstart-fuzz
# The folder that `make demo` trains on; sample pictures are drawn where it is not given.
DATA ?=
# How many simulated clusters `make simulate` runs.
SEEDS ?= 5000
# How long `make fuzz` goes on, from which seed, and with whose pictures beside its own.
FUZZ_SECONDS ?= 1800
FUZZ_SEED ?= 1
FUZZ_CORPUS ?= $(wildcard ../shared/golden/odd)
# How long `make chaos` goes on.
CHAOS_SECONDS ?= 600
# How long `make soak` goes on.
SOAK_SECONDS ?= 1200

.PHONY: help setup build test demo format lint simulate fuzz check check-exports bench chaos soak man deb try-deploy clean

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## installs the Debian packages that are missing, and looks for Swift
	@scripts/setup $(PACKAGES)

build: setup ## builds the program and its tests, in release
	swift build $(CONFIGURATION) --build-tests

# What tests of several hosts, of completions, of man pages and of other programs need.
TEST_PACKAGES := fish iproute2 mandoc nftables openssh-client openssh-server python3-venv zsh

test: build ## runs every test; installs what some need, or skips those by name
	@scripts/setup --optional $(TEST_PACKAGES)
	@scripts/python-environment .build-python Tests/requirements.txt || echo "No Python packages: their tests are skipped."
	@HEADSTART_PYTHON=$${HEADSTART_PYTHON:-$(CURDIR)/.build-python/bin/python} scripts/test $(CONFIGURATION) --skip-build

demo: build ## trains on sample pictures, or on DATA=folder, then evaluates and predicts
	@scripts/demo "$(HEADSTART)" "$(DATA)"

format: ## formats the sources
	swift format -i -r Package.swift Sources Tests Examples

lint: setup ## checks the format
	swift format lint --strict -r Package.swift Sources Tests Examples

simulate: build ## runs SEEDS simulated clusters through faults
	"$(SIMULATE)" --seeds $(SEEDS)

fuzz: build ## feeds bent files and messages to every parser for FUZZ_SECONDS; an input that traps is saved
	"$(FUZZ)" --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED) $(addprefix --corpus ,$(FUZZ_CORPUS)) \
		--out .build/fuzz-faults

check: lint test simulate ## checks the format, runs every test and some thousand simulated clusters

check-exports: build ## opens exported models in Keras, ONNX Runtime and safetensors, and compares probabilities
	@scripts/setup python3-venv
	@scripts/check-exports "$(HEADSTART)"

bench: build ## measures the backbone and the head on this machine
	"$(HEADSTART)" benchmark backbone
	"$(HEADSTART)" benchmark head

chaos: build ## trains through kills, stops and cuts for CHAOS_SECONDS; every model file must be the calm run's
	@scripts/chaos "$(HEADSTART)" "$(CHAOS_SECONDS)"

soak: build ## trains for SOAK_SECONDS while workers leave and join; memory must stay flat
	@scripts/soak "$(HEADSTART)" "$(SOAK_SECONDS)"

man: build ## writes the man pages, into .build/man
	@scripts/setup python3
	scripts/man "$(HEADSTART)" .build/man

deb: setup ## builds the Debian package, into .build-static
	@scripts/setup dpkg-dev python3
	swift build -c release --static-swift-stdlib --product headstart --scratch-path .build-static
	deploy/debian/build .build-static/release/headstart .build-static

try-deploy: deb ## tries every way to deploy, as root, in network namespaces and in a fresh Debian
	@$$([[ $$EUID == 0 ]] || echo sudo) deploy/try .build-static/release/headstart .build-static/headstart_*.deb

clean: ## removes what was built
	swift package clean
