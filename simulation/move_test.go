package simulation

import (
	"errors"
	"strconv"
	"time"

	"lachan/store"
)

// move takes a subscription to an address that was never used: the number, and what
// is due, go there, and the old address is nobody's. What the platform still says of
// the old one must not end the person.
func (d *day) move(who *person) {
	d.do("move", who, func(now time.Time) error {
		shown, err := d.town.MovingCode(d.ctx, "test", who.address, now)
		if errors.Is(err, store.ErrNotSubscribed) {
			return nil
		}
		if err != nil {
			return err
		}
		there := *who
		there.address, there.blocked, there.vague, there.requests = strconv.Itoa(len(d.people)), false, false, 0
		code, _ := store.ReadMovingCode(shown)
		if _, err = d.town.Move(d.ctx, code, "test", there.address, now); err != nil {
			return err
		}
		*who = person{address: who.address, blocked: who.blocked, requests: who.requests}
		d.people = append(d.people, &there)
		return nil
	})
}
