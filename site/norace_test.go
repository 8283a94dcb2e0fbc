//go:build !race

package site_test

// lookEvery is how many days lie between two looks of the tests that travel in time; see race_test.go.
const lookEvery = 1
