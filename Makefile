VERSION  := $(shell git describe --always --dirty 2>/dev/null || echo dev)
TOOL     := go tool -modfile=tools/go.mod
FUZZTIME ?= 10s

.DEFAULT_GOAL := help
.PHONY: help run play build test watch lint fmt fuzz vuln chaos dead pictures chromium need bench

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: need ## serve: web chat on http://127.0.0.1:8080, and every channel that has a token
	go run . serve

play: need ## talk to the bot in this terminal; no network, nothing kept
	@go run . play

build: need ## bin/lachan
	go build -trimpath -ldflags "-s -w -X lachan/cli.version=$(VERSION)" -o bin/lachan .

test: need chromium ## vet, every test under the race detector, then the stories against the real binary
	go vet ./...
	go test -race ./...
	go test ./simulation # without it, for a thousand days
	go test -run 'OldNumber' ./handlers ./site # without it, on every day of three years
	cd e2e && go vet ./... && go test ./...

lint: need ## format, linters, import order, tidy go.mod (first run builds the tools: minutes)
	@unformatted=$$($(TOOL) gofumpt -l .) || exit 1; \
	if [ -n "$$unformatted" ]; then printf 'not formatted (make fmt mends it):\n%s\n' "$$unformatted"; exit 1; fi
	$(TOOL) golangci-lint run
	go mod tidy -diff
	@for module in e2e bench chaos tools/pictures; do \
		echo "$$module"; \
		(cd $$module && go tool -modfile=$(CURDIR)/tools/go.mod golangci-lint run -c $(CURDIR)/.golangci.yml && go mod tidy -diff) || exit 1; \
	done

fmt: need ## format everything
	$(TOOL) golangci-lint fmt

fuzz: need ## every fuzz target for FUZZTIME (10s)
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:func / /' | sort | while read -r file name; do \
		echo "$$name in $$(dirname $$file)"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname $$file)" </dev/null || exit 1; \
	done

chaos: need ## kill the real program 200 times in a broadcast to 50,000 and compare the books with the phones (ARGS="-kills 60")
	cd chaos && go run . $(ARGS)

bench: need ## measure against peers, tables in minutes (BENCH="-rounds 5 -people 20000 broadcast" chooses)
	cd bench && go run . $(BENCH)

vuln: need ## known vulnerabilities that our code reaches (asks the Go vulnerability database)
	$(TOOL) govulncheck ./...

dead: need ## functions that nothing calls
	$(TOOL) deadcode -test ./...

pictures: need chromium ## the pictures in docs/, taken from the running program
	cd tools/pictures && go run . -root ../.. -to ../../docs

watch: need ## run a package's tests whenever its files change
	$(TOOL) gotestsum --watch --format testname

chromium: # for the browser tests: found, installed, or named in one line
	@tools/chromium.sh

need:
	@command -v go >/dev/null || { echo "go is missing: install Go $$(awk '/^go /{print $$2}' go.mod) or newer from https://go.dev/dl"; exit 1; }
	@command -v gcc >/dev/null || { echo "gcc is missing (SQLite is C): apt-get install gcc libc6-dev, or your system's C compiler"; exit 1; }
