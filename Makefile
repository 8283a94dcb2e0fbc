VERSION  := $(shell git describe --always --dirty 2>/dev/null || echo dev)
TOOL     := go tool -modfile=tools/go.mod
FUZZTIME ?= 10s

.DEFAULT_GOAL := help
.PHONY: help run play build test watch lint fmt fuzz vuln dead need

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: need ## serve: web chat on http://127.0.0.1:8080, and every channel that has a token
	go run . serve

play: need ## talk to the bot in this terminal; no network, nothing kept
	@go run . play

build: need ## bin/lachan
	go build -trimpath -ldflags "-s -w -X lachan/cli.version=$(VERSION)" -o bin/lachan .

test: need ## vet, every test under the race detector, then the stories against the real binary
	go vet ./...
	go test -race ./...
	cd e2e && go vet ./... && go test ./...

lint: need ## format, linters, import order, tidy go.mod (first run builds the tools: minutes)
	@unformatted=$$($(TOOL) gofumpt -l .) || exit 1; \
	if [ -n "$$unformatted" ]; then printf 'not formatted (make fmt mends it):\n%s\n' "$$unformatted"; exit 1; fi
	$(TOOL) golangci-lint run
	cd e2e && go tool -modfile=../tools/go.mod golangci-lint run -c ../.golangci.yml
	go mod tidy -diff
	cd e2e && go mod tidy -diff

fmt: need ## format everything
	$(TOOL) golangci-lint fmt

fuzz: need ## every fuzz target for FUZZTIME (10s)
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:func / /' | sort | while read -r file name; do \
		echo "$$name in $$(dirname $$file)"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname $$file)" </dev/null || exit 1; \
	done

vuln: need ## known vulnerabilities that our code reaches (asks the Go vulnerability database)
	$(TOOL) govulncheck ./...

dead: need ## functions that nothing calls
	$(TOOL) deadcode -test ./...

watch: need ## run a package's tests whenever its files change
	$(TOOL) gotestsum --watch --format testname

need:
	@command -v go >/dev/null || { echo "go is missing: install Go $$(awk '/^go /{print $$2}' go.mod) or newer from https://go.dev/dl"; exit 1; }
	@command -v gcc >/dev/null || { echo "gcc is missing (SQLite is C): apt-get install gcc libc6-dev, or your system's C compiler"; exit 1; }
