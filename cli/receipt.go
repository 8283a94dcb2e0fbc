package cli

import (
	"context"
	"fmt"
	"time"

	"lachan/store"
)

type receipt struct {
	Code string `arg:"" help:"Twelve characters, as the person got them."`
}

// Run says of which day a receipt is; a code that was never ours is a failure.
func (c receipt) Run(ctx context.Context, s *Settings, io stdio) error {
	return withStore(ctx, s, func(st *store.Store) error {
		day, err := st.Receipt(c.Code)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(io.out, "ours: what we held was deleted on %s\n", day.Format(time.DateOnly))
		return err
	})
}
