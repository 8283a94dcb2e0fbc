package store

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// everything is every byte that the database keeps on the disk.
func everything(t testing.TB, s *Store) []byte {
	t.Helper()
	return everythingAt(t, s.path)
}

// everythingAt is every byte of the files of a database, which may be closed.
func everythingAt(t testing.TB, path string) []byte {
	t.Helper()
	var all []byte
	files := must(filepath.Glob(path + "*"))(t)
	if len(files) == 0 {
		t.Fatal("no files")
	}
	for _, f := range files {
		all = append(all, must(os.ReadFile(f))(t)...)
	}
	return all
}

// traces are the bytes by which a person could be found in the files.
type traces map[string][]byte

func tracesOf(t testing.TB, s *Store, channel, from string) traces {
	t.Helper()
	out := traces{"address": []byte(from), "look-up": s.keys.lookup(channel, from)}
	var sealed, word []byte
	ok(t, s.read.QueryRowContext(t.Context(), sqlite(`SELECT address, safe_word FROM people WHERE lookup = $1`), out["look-up"]).Scan(&sealed, &word))
	if sealed != nil {
		out["sealed address"] = sealed
		out["part of the sealed address"] = sealed[8:24]
	}
	if word != nil {
		out["safe word"] = word
	}
	return out
}

func (x traces) foundIn(all []byte) (found []string) {
	for what, b := range x {
		if bytes.Contains(all, b) {
			found = append(found, what)
		}
	}
	return found
}

// apart are some whose encrypted address is in the file more than once, and some others.
func apart(t testing.TB, s *Store, sealed [][]byte) (copied, others []int) {
	t.Helper()
	ok(t, s.truncateLog(t.Context()))
	file, times := everything(t, s), map[[16]byte]int{}
	for _, b := range sealed {
		times[[16]byte(b[8:])] = 0
	}
	for i := 0; i+16 <= len(file); i++ {
		if n, is := times[[16]byte(file[i:])]; is {
			times[[16]byte(file[i:])] = n + 1
		}
	}
	for i, b := range sealed {
		switch more := times[[16]byte(b[8:])] > 1; {
		case more && len(copied) < 12:
			copied = append(copied, i)
		case !more && len(others) < 12:
			others = append(others, i)
		}
	}
	return copied, others
}

// grown fills the database with so many people, whose rows then grow, in no order:
// pages are split wherever there are some. It returns their encrypted addresses.
func grown(t testing.TB, s *Store, n int) [][]byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	out := make([][]byte, n)
	ok(t, s.transact(t.Context(), "fill", func(tx tx) error {
		lookup := func(i int) []byte { return s.keys.lookup("telegram", "person "+strconv.Itoa(i)) }
		for i := range n {
			if _, err := tx.exec(t.Context(), `INSERT INTO people (id, channel, lookup, state, used_at) VALUES ($1, 1, $2, 'stranger', 1)`, s.id(noon), lookup(i)); err != nil {
				return err
			}
		}
		for _, i := range r.Perm(n) {
			sealed, err := s.keys.seal("person " + strconv.Itoa(i))
			if err != nil {
				return err
			}
			if _, err := tx.exec(t.Context(), `UPDATE people SET state = 'active', address = $2 WHERE lookup = $1`, lookup(i), sealed); err != nil {
				return err
			}
			out[i] = sealed
		}
		return nil
	}))
	return out
}
