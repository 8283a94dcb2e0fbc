package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lachan/store"
)

type backup struct {
	File string `arg:"" type:"path" help:"A new file."`
	Days int    `default:"7" help:"For how many days it will be kept (${default}); it says until when."`
}

// Run copies the database while everything goes on.
func (c backup) Run(ctx context.Context, s *Settings, io stdio) error {
	return withStore(ctx, s, func(st *store.Store) error {
		until := time.Now().AddDate(0, 0, c.Days)
		if err := st.Backup(ctx, c.File, until); err != nil {
			return err
		}
		_, err := fmt.Fprintf(io.out, "%s is a whole copy. The key (%s) is not in it: keep a copy of it elsewhere.\nRemove it on %s: until then whoever deletes themselves is still in it.\n",
			c.File, s.DataKeyFile, until.Format(time.DateOnly))
		return err
	})
}

type restore struct {
	File   string `arg:"" type:"path" help:"A file that backup wrote."`
	Anyway bool   `help:"Also past the day on which it had to be removed: who deleted themselves since comes back."`
}

// Run puts a backup where no database is, disarmed.
func (c restore) Run(ctx context.Context, s *Settings, io stdio) error {
	today := time.Now()
	if c.Anyway {
		today = time.Time{}
	}
	err := store.Restore(ctx, c.File, s.Database, today, store.Options{KeyFile: s.DataKeyFile})
	switch {
	case errors.Is(err, store.ErrKeptTooLong):
		return fmt.Errorf("%w; take a newer one, or add --anyway", err)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(io.out, "%s is back, disarmed: answers go on, nothing unasked goes out until `lachan arm`.\n", s.Database)
	return err
}
