package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"lachan/bot/zalobot"
	"lachan/bot/zalooa"
	"lachan/content"
	"lachan/store"
)

type subscribers struct {
	Import subscribersImport `cmd:"" help:"Add people from a CSV file: channel,address,lang,hour."`
	Count  subscribersCount  `cmd:"" help:"How many subscribers there are."`
}

type subscribersCount struct{}

// Run prints the number alone.
func (subscribersCount) Run(ctx context.Context, s *Settings, io stdio) error {
	return withStore(ctx, s, func(st *store.Store) error {
		n, err := st.Count(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(io.out, n)
		return err
	})
}

type subscribersImport struct {
	File string `arg:"" help:"A CSV file with the header channel,address,lang,hour."`
}

// Run reads the file twice: first every line is checked, then all are taken in one
// transaction. So a bad line is named and nothing is imported.
func (c subscribersImport) Run(ctx context.Context, s *Settings, io stdio) error {
	pack, err := s.loadPack()
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer func() { _ = f.Close() }()
	var bad []error
	for _, err := range people(f, pack) {
		if err != nil {
			bad = append(bad, fmt.Errorf("%s:%w", c.File, err))
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("nothing was imported:\n%w", errors.Join(bad...))
	}
	return withStore(ctx, s, func(st *store.Store) error {
		if _, err := f.Seek(0, 0); err != nil {
			return fmt.Errorf("import: %w", err)
		}
		added, updated, skipped, err := st.Import(ctx, people(f, pack), time.Now())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(io.out, "added %d\nupdated %d\nleft out, because they left %d\n", added, updated, skipped)
		return err
	})
}

var header = []string{"channel", "address", "lang", "hour"}

const longestAddress = 100

// people reads the file line by line; an error begins with the line's number.
func people(r io.Reader, pack *content.Pack) iter.Seq2[store.Imported, error] {
	return func(yield func(store.Imported, error) bool) {
		in := csv.NewReader(r)
		in.FieldsPerRecord = -1
		in.ReuseRecord = true
		for first := true; ; first = false {
			record, err := in.Read()
			if errors.Is(err, io.EOF) {
				if first {
					yield(store.Imported{}, errors.New("1: the file is empty; its header is channel,address,lang,hour"))
				}
				return
			}
			var line int
			parse, bad := errors.AsType[*csv.ParseError](err)
			switch {
			case bad:
				line, err = parse.Line, fmt.Errorf("%w: %w", errLine, parse.Err)
			case err == nil:
				line, _ = in.FieldPos(0)
			}
			var p store.Imported
			if err == nil && first {
				if !slices.Equal(record, header) && !slices.Equal(record, append([]string{"\ufeff" + header[0]}, header[1:]...)) {
					yield(p, fmt.Errorf("%d: the header must be channel,address,lang,hour", line))
					return
				}
				continue
			}
			if err == nil {
				p, err = person(record, pack)
			}
			if err != nil {
				err = fmt.Errorf("%d: %w", line, err)
			}
			if !yield(p, err) || err != nil && !errors.Is(err, errLine) {
				return
			}
		}
	}
}

// errLine is a line that says something wrong; the next one can still be read.
var errLine = errors.New("bad line")

func person(record []string, pack *content.Pack) (p store.Imported, err error) {
	wrong := func(format string, args ...any) (store.Imported, error) {
		return store.Imported{}, fmt.Errorf("%w: %s", errLine, fmt.Sprintf(format, args...))
	}
	if len(record) != len(header) {
		return wrong("%d fields instead of 4 (channel,address,lang,hour)", len(record))
	}
	p = store.Imported{Channel: record[0], Address: record[1], Lang: record[2]}
	if p.Channel == "zalobot" { // as people write it
		p.Channel = "zalo-bot"
	}
	if p.Channel == "zalooa" {
		p.Channel = zaloOAName
	}
	check, ok := pushers[p.Channel]
	if !ok {
		return wrong("channel: none that can be sent to; there is: telegram, zalo-bot, zalo-oa") // swapped columns: it may be an address
	}
	if !utf8.ValidString(p.Address) || len(p.Address) > longestAddress || !check(p.Address) {
		return wrong("address: not an address on %s", p.Channel) // the address itself stays out of the terminal's log
	}
	if !slices.Contains(pack.Languages, p.Lang) {
		return wrong("lang: not one of the pack's (%v)", pack.Languages)
	}
	p.Hour, err = strconv.Atoi(record[3])
	if err != nil || p.Hour < pack.Sending.From || p.Hour > pack.Sending.To {
		return wrong("hour: it must be a whole hour from %d to %d", pack.Sending.From, pack.Sending.To)
	}
	return p, nil
}

// pushers are the channels that can speak unasked, each with what an address looks like there.
var pushers = map[string]func(address string) bool{
	"telegram": func(a string) bool {
		n, err := strconv.ParseInt(a, 10, 64)
		return err == nil && n > 0 && strconv.FormatInt(n, 10) == a
	},
	"zalo-bot": zalobot.IsAddress,
	zaloOAName: zalooa.IsAddress,
}
