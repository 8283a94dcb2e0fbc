//go:build !race

package simulation

// usual is how many days a test run simulates; see race_test.go.
const usual = 1000
