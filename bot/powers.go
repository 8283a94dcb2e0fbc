package bot

import "context"

// The optional powers of a channel, each asked for by a type assertion on
// Turn.Via: what a channel cannot do it does not pretend.

// Deleter removes messages from a chat, its own and, where the platform allows
// it, the person's. removed is how many the platform says are gone; an id that
// is not there any more counts as gone.
type Deleter interface {
	Delete(ctx context.Context, chat string, ids []string) (removed int, err error)
}

// Notifier shows notices on the device that a page is open on, by a script of the
// page's; for who asks for it there, one needs no address.
type Notifier interface {
	Notifies() bool
}

// Typer shows that an answer is being prepared. A failure does not matter.
type Typer interface {
	Typing(ctx context.Context, chat string)
}
