package zalooa

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
	"lachan/store"
)

const (
	renewPatience = 8 * time.Second  // for a refresh, waiting for other processes included; a stop waits for it
	renewAhead    = 10 * time.Minute // before the access token expires, or a tenth of its life
	lookAfter     = 10 * time.Second // between two looks at its age
	firstRest     = time.Second      // after a refresh that failed, doubling
	longestRest   = 2 * time.Minute  //
	barrenAllowed = 2                // new pairs in a row that were refused at once, before a rest
)

// Vault keeps the pair where every process on this database finds it.
type Vault struct {
	First string                                             // the setting's refresh token; counts only while nothing is kept
	Load  func(ctx context.Context) (store.Tokens, error)    // the zero Tokens: nothing kept yet
	Save  func(ctx context.Context, t store.Tokens) error    // on the disk when it returns
	Lock  func(ctx context.Context) (free func(), err error) // one process at a time
}

// tokens gives out the access token and renews the pair.
//
// A refresh token is good for one use, and whoever loses the answer loses the
// account until an administrator consents again. Hence: one refresh at a time in
// this process (flight) and over all (Vault.Lock); under the lock the kept pair is
// read again, because another process may have been first; no caller's end cuts a
// refresh off; the new pair is on the disk before anybody gets it; and one that
// could not be kept is kept before anything else is tried.
type tokens struct {
	oauth   oauth
	vault   Vault
	consent func(why string)
	work    sync.WaitGroup // refreshes

	mu     sync.Mutex
	pair   store.Tokens
	proven bool // the platform took pair's access token
	barren int  // pairs in a row that it did not
	flight *flight

	// What only the one flight touches.
	unkept  *store.Tokens // got, and not on the disk yet
	dead    string        // the refresh token that is good for nothing any more
	failed  error         // the last refresh
	rest    time.Duration
	notyet  time.Time
	alarmed bool
}

// flight is a refresh under way.
type flight struct {
	done  chan struct{}
	token string
	err   error
}

func newTokens(o oauth, v Vault, consent func(string)) *tokens {
	if consent == nil {
		consent = func(string) {}
	}
	return &tokens{oauth: o, vault: v, consent: consent}
}

// get is an access token other than stale, which the platform refused ("": none).
// It waits for a refresh only if one is needed; its error is a *bot.SendError that
// says that nothing was sent.
func (t *tokens) get(ctx context.Context, stale string) (string, error) {
	for {
		t.mu.Lock()
		if a := t.pair.Access; a != "" && a != stale && time.Now().Before(t.pair.Until) {
			t.mu.Unlock()
			return a, nil
		}
		f := t.fly(ctx, stale, 0)
		t.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", temporary("wait for the access token", ctx.Err())
		}
		if f.err != nil || f.token != stale { // else it began before the platform refused this one
			return f.token, f.err
		}
	}
}

// fly starts a refresh, or joins the one under way. It wants t.mu held.
func (t *tokens) fly(ctx context.Context, stale string, ahead time.Duration) *flight {
	if t.flight != nil {
		return t.flight
	}
	f := &flight{done: make(chan struct{})}
	t.flight = f
	t.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewPatience)
		defer cancel()
		pair, err := t.renew(ctx, stale, ahead)
		t.mu.Lock()
		if err == nil && pair.Access != t.pair.Access {
			if t.barren++; t.proven || t.pair.Access == "" {
				t.barren = 0
			}
			t.pair, t.proven = pair, false
		}
		f.token, f.err, t.flight = pair.Access, err, nil
		t.mu.Unlock()
		close(f.done)
	})
	return f
}

// worked tells that the platform took a token.
func (t *tokens) worked(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if token == t.pair.Access {
		t.proven, t.barren = true, 0
	}
}

// renew is a pair whose access token is not stale and good for longer than ahead.
func (t *tokens) renew(ctx context.Context, stale string, ahead time.Duration) (store.Tokens, error) {
	free, err := t.vault.Lock(ctx)
	if err != nil {
		return store.Tokens{}, temporary("wait for the lock of the tokens", err)
	}
	defer free()
	if t.unkept != nil {
		return t.keep(ctx, *t.unkept)
	}
	kept, err := t.vault.Load(ctx)
	if err != nil {
		return store.Tokens{}, temporary("read the tokens", err)
	}
	if kept.Access != "" && kept.Access != stale && time.Until(kept.Until) > ahead {
		t.well()
		return kept, nil
	}
	refresh := kept.Refresh
	if refresh == "" {
		refresh = t.vault.First
	}
	if err := t.mayTry(refresh, kept, stale); err != nil {
		return store.Tokens{}, err
	}
	pair, err := t.oauth.refresh(ctx, refresh)
	if err != nil {
		return store.Tokens{}, t.fails(refresh, err)
	}
	return t.keep(ctx, pair)
}

// mayTry says why a refresh token is not worth a call now; nil: it is.
func (t *tokens) mayTry(refresh string, kept store.Tokens, stale string) error {
	t.mu.Lock()
	barren := t.barren
	t.mu.Unlock()
	switch {
	case refresh == "":
		return t.fails("", misconfigured(fmt.Errorf("there is no refresh token: %w", errConsent)))
	case refresh == t.dead:
		return t.failed
	case t.failed != nil && time.Now().Before(t.notyet):
		return t.failed
	case stale != "" && stale == kept.Access && barren >= barrenAllowed && time.Since(kept.At) < longestRest:
		return misconfigured(fmt.Errorf("new access tokens are refused one after the other: %w", errToken))
	}
	return nil
}

// keep puts a pair on the disk; only then it counts.
func (t *tokens) keep(ctx context.Context, pair store.Tokens) (store.Tokens, error) {
	t.unkept = &pair
	if err := t.vault.Save(ctx, pair); err != nil {
		return store.Tokens{}, temporary("keep the new tokens", err)
	}
	t.unkept = nil
	t.well()
	return pair, nil
}

// well notes that there is a pair that counts.
func (t *tokens) well() {
	t.dead, t.failed, t.rest = "", nil, 0
	if t.alarmed {
		t.alarmed = false
		t.consent("")
	}
}

// fails notes a refresh that failed, and raises the alarm when only a person can help.
func (t *tokens) fails(refresh string, err error) error {
	t.failed = err
	t.rest = min(max(2*t.rest, firstRest), longestRest)
	t.notyet = time.Now().Add(t.rest)
	if !errors.Is(err, errConsent) {
		return err
	}
	if errors.Is(err, errUsed) {
		t.dead = refresh
	}
	if !t.alarmed {
		t.alarmed = true
		t.consent(err.Error())
	}
	return err
}

// replace puts a pair from elsewhere in place of the kept one, whichever process is
// refreshing; a process that serves takes it up by itself. Not beside get.
func (t *tokens) replace(ctx context.Context, get func(ctx context.Context) (store.Tokens, error)) error {
	free, err := t.vault.Lock(ctx)
	if err != nil {
		return err
	}
	defer free()
	pair, err := get(ctx)
	if err != nil {
		return err
	}
	_, err = t.keep(context.WithoutCancel(ctx), pair)
	return err
}

// run renews the pair ahead of its end until ctx ends, so that no answer has to wait
// for it, and tries anew what failed.
func (t *tokens) run(ctx context.Context) {
	told := false
	for ctx.Err() == nil {
		t.mu.Lock()
		ahead := min(renewAhead, t.pair.Until.Sub(t.pair.At)/10)
		var f *flight
		if time.Until(t.pair.Until) <= ahead {
			f = t.fly(ctx, "", ahead)
		}
		t.mu.Unlock()
		if f != nil {
			<-f.done
			if f.err != nil && !told {
				slog.ErrorContext(ctx, "the account's access token cannot be renewed; it is tried again", "channel", name, "err", f.err)
			}
			told = f.err != nil
		}
		wait := lookAfter
		if f != nil && f.err != nil {
			wait = firstRest
		}
		platform.Rest(ctx, wait)
	}
}

// Adopt trades a refresh token from elsewhere, the console's API Explorer, for a pair
// and keeps that in place of whatever was kept.
func (z *ZaloOA) Adopt(ctx context.Context, refresh string) error {
	return z.tokens.replace(ctx, func(ctx context.Context) (store.Tokens, error) {
		return z.tokens.oauth.refresh(ctx, refresh)
	})
}

func temporary(doing string, err error) *bot.SendError {
	return &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("%s: %w", doing, err)}
}
