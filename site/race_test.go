//go:build race

package site_test

// lookEvery is how many days lie between two looks of the tests that travel in time,
// beside the days on which something changes: the race detector makes each look cost
// ten, and `make test` travels every day without it.
const lookEvery = 30
