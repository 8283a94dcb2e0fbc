package cli

import (
	"context"
	"fmt"

	"lachan/store"
)

type arm struct{}

// Run lets broadcasts go out again.
func (arm) Run(ctx context.Context, s *Settings, io stdio) error {
	return withStore(ctx, s, func(st *store.Store) error {
		if err := st.Arm(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintln(io.out, "armed: open broadcasts go on")
		return err
	})
}

type disarm struct{}

// Run stops everything unasked.
func (disarm) Run(ctx context.Context, s *Settings, io stdio) error {
	return withStore(ctx, s, func(st *store.Store) error {
		if err := st.Disarm(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintln(io.out, "disarmed: nothing unasked goes out; answers go on")
		return err
	})
}
