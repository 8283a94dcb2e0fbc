// Package bot is to messages what net/http is to requests: a message comes in
// on a channel, the router finds its handler, and what the handler returns is
// said on the same channel. It knows no platform, no text and no database.
//
// The way of a message: Inbox.Take, Router.Receive, a Handler, Channel.Prepare,
// Gate.Take, Channel.Answer.
package bot

import "time"

// Kind is what a person did.
type Kind int

// The kinds of a message.
const (
	Wrote       Kind = iota // free text or a command
	Pressed                 // a button; Action holds its data
	Joined                  // came back after a block
	Left                    // blocked us, or unfollowed
	Unsupported             // a sticker, a voice message, a photo: nothing of it is read or kept
)

// Message is one thing a person did on a channel.
type Message struct {
	Channel string // the channel's name
	ID      string // the channel's id of this delivery; empty where nothing comes twice
	Ref     string // the platform's id of the person's own message, to remove it; empty where that cannot be done
	Under   string // of a press: the platform's id of the message whose button it was; empty where that is not known
	From    string // the person's address there; empty on a channel without addresses (web)
	Kind    Kind
	Text    string // clean: see vitext.Clean
	Action  string // data of the pressed button
	Lang    string // hint from the client, may be empty
	Origin  any    // what the adapter needs to edit, acknowledge or respond; opaque to everybody else
	Place   *Place // set by a channel that carries the conversation's place itself (web)
	At      time.Time
}

// Place is where a conversation stands: ids of our own only, never a word that somebody wrote.
type Place struct {
	Menu   []string `json:"m,omitempty"` // actions of the last choices, so that "2" works
	Prompt string   `json:"p,omitempty"` // the action that the next free text belongs to
	Here   string   `json:"h,omitempty"` // the action that shows where they are: what "back" runs again
	Misses int      `json:"x,omitempty"` // fallbacks in a row
	Told   bool     `json:"t,omitempty"` // that others can read along
}

// Person is what is kept of who writes: one row. The zero Person is a stranger.
type Person struct {
	ID          int64
	Lang        string // empty: never chosen
	Active      bool   // subscribed
	Hour        int    // of the daily message, in the pack's zone
	PausedUntil time.Time
	Discreet    bool
	OpenFor     time.Duration // how long an opened text of discreet mode stays; 0: never chosen
	SafeWord    []byte        // keyed hash of the own safe word; nil: none
	Consent     string        // version of the wording agreed to
	ConsentAt   time.Time
}

// Turn is one message on its way through guards and handlers.
type Turn struct {
	Message
	Person   Person
	Place    *Place
	Argument string    // what follows the action's name
	Lang     string    // the answer's language; a handler may change it
	Now      time.Time // the turn's one clock
	Via      Channel   // for the optional powers of a channel
	Urgent   bool      // help: its answer is never held back by a limit of our own

	Fleeting time.Duration // what is said is removed again after so long; 0: it stays
	Unnoted  bool          // the ids of what is said are kept nowhere
}
