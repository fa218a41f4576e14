# Vestnik. `make help` lists the targets.
SHELL := /bin/bash
export CGO_ENABLED ?= 0
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
GOBUILD := go build -trimpath -ldflags '$(LDFLAGS)'

.PHONY: help build demo tour test lint unit race fuzz e2e shots bench soak soak-breaks fortnight golden clean release tools

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: ## bin/vestnik and bin/vestnik-demo: static, stripped
	$(GOBUILD) -o bin/vestnik ./cmd/vestnik
	$(GOBUILD) -o bin/vestnik-demo ./cmd/vestnik-demo

demo: build ## the whole product with every outside system simulated
	./bin/vestnik-demo

tour: build ## the main job without a person; exit 0 when it came out as told
	./bin/vestnik-demo --tour

test: tools lint unit e2e ## everything that must pass

tools: ## Debian and npm packages that the tests use
	scripts/install-test-tools.sh

lint: ## format, vet, staticcheck
	@unformatted="$$(go tool gofumpt -l $$(git ls-files '*.go'))"; if [ -n "$$unformatted" ]; then echo "gofumpt wants:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

unit: ## unit, scenario and conformance tests
	GOTMPDIR="$${TMPDIR:-/tmp}" TMPDIR="$$(scripts/test-tmp.sh)" go test -timeout 20m -parallel 8 ./...

race: ## the same under the race detector
	GOTMPDIR="$${TMPDIR:-/tmp}" TMPDIR="$$(scripts/test-tmp.sh)" CGO_ENABLED=1 go test -race -timeout 40m ./...

fuzz: ## every fuzz target for a few seconds (FUZZTIME=5s)
	scripts/fuzz.sh

e2e: build ## the managers' work in a real browser
	cd webui/e2e && node --test --test-concurrency=1 *.spec.mjs
	cd webui/e2e && node shots.mjs --no-pictures

shots: ## pictures of every page in every combination of language, theme and width
	cd webui/e2e && node shots.mjs --all

bench: build ## the figures of this machine, as a table and as bench.json
	go run ./cmd/vestnik-bench -out bench.json

soak: ## 1,000 kills, 200 power cuts, 100 network cuts, 50 unplugs; counts what customers got (docs/reliability.md)
	go run ./cmd/vestnik-soak --kills 1000 --power-cuts 200 --network-cuts 100 --unplugs 50 --disk-errors 20 --json soak.json --markdown soak.md

soak-breaks: ## every rule broken on purpose must turn the soak red
	go run ./cmd/vestnik-soak --break all --json soak-breaks.json --markdown soak-breaks.md

fortnight: ## two weeks of a shop in virtual time, every message looked at (docs/mailings.md)
	VESTNIK_FORTNIGHT=1 go test ./internal/app -run '^TestFortnight$$' -v -count 1 -timeout 60m

golden: ## rewrite golden files
	go test ./store/... ./webui/... -update

release: ## stripped binaries for the boxes
	GOOS=linux GOARCH=arm64 $(GOBUILD) -o bin/vestnik-linux-arm64 ./cmd/vestnik
	GOOS=linux GOARCH=arm GOARM=7 $(GOBUILD) -o bin/vestnik-linux-armv7 ./cmd/vestnik
	GOOS=linux GOARCH=amd64 $(GOBUILD) -o bin/vestnik-linux-amd64 ./cmd/vestnik

clean: ## what the targets made
	rm -rf bin bench.json soak.json soak.md soak-breaks.json soak-breaks.md webui/e2e/node_modules webui/e2e/shots
