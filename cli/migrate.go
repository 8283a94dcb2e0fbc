package cli

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"lachan/store"
)

type migrate struct {
	RotateKey bool `help:"Also give the database a new key. Nothing else may use it meanwhile; cut off, it goes on when called again."`
}

// Run opens the database, which brings its tables up to date; with --rotate-key it
// changes the key, offline.
func (c migrate) Run(ctx context.Context, s *Settings, io stdio) error {
	if c.RotateKey {
		return rotateKey(ctx, s, io)
	}
	return withStore(ctx, s, func(*store.Store) error {
		_, err := fmt.Fprintln(io.out, s.Database, "is up to date")
		return err
	})
}

func rotateKey(ctx context.Context, s *Settings, io stdio) error {
	var told time.Time
	people, err := store.RotateKey(ctx, s.Database, store.Options{KeyFile: s.DataKeyFile}, func(done int64) {
		if now := time.Now(); now.Sub(told) >= 5*time.Second {
			told = now
			slog.InfoContext(ctx, "the key is being changed; cut off, it goes on when it is called again", "people", done)
		}
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(io.out, `%s has a new key: %d people were written anew. The old key is gone from %s.
- Keep a copy of that file in place of the earlier one, never beside a backup.
- A backup made before now needs the old key: keep its copy as long as that backup, or make a new backup and remove the old ones.
- Receipts given earlier still count. Secrets of webhooks are set anew at the next start.
`, s.Database, people, s.DataKeyFile)
	return err
}
