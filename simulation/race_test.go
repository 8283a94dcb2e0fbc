//go:build race

package simulation

// usual is how many days a test run simulates: the race detector costs more than
// it finds in the 200th.
const usual = 150
