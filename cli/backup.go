package cli

import (
	"context"
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
		if err := st.Backup(ctx, c.File); err != nil {
			return err
		}
		_, err := fmt.Fprintf(io.out, "%s is a whole copy. The key (%s) is not in it: keep a copy of it elsewhere.\nRemove it on %s: until then whoever deletes themselves is still in it.\n",
			c.File, s.DataKeyFile, time.Now().AddDate(0, 0, c.Days).Format(time.DateOnly))
		return err
	})
}

type restore struct {
	File string `arg:"" type:"path" help:"A file that backup wrote."`
}

// Run puts a backup where no database is, disarmed.
func (c restore) Run(ctx context.Context, s *Settings, io stdio) error {
	if err := store.Restore(ctx, c.File, s.Database, store.Options{KeyFile: s.DataKeyFile}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(io.out, "%s is back, disarmed: answers go on, nothing unasked goes out until `lachan arm`.\n", s.Database)
	return err
}
