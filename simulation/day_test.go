package simulation

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	_ "github.com/mattn/go-sqlite3" // the model reads the books behind the engine's back

	"lachan/scheduler"
	"lachan/store"
)

// day is one seed's story: what is done, to whom, and what the model knows of it.
type day struct {
	*ground
	t        *testing.T
	ctx      context.Context
	dir      string
	seed     uint64
	sabotage *string
	random   *rand.Rand // the story's; what requests meet has its own
	began    time.Time  // by the bubble's clock
	town     *store.Store
	orders   *scheduler.Scheduler // by hand, from a process of its own
	ledger   *sql.DB

	mu         sync.Mutex // below: also touched by processes and requests
	luck       *rand.Rand // of the back-off
	start0     time.Time  // wall clock at began, moved by every jump
	rate       float64
	weather    weather
	trouble    trouble
	calm       bool // nothing goes wrong by chance any more
	disarmed   bool
	people     []*person
	broadcasts map[string]*broadcast // by date
	attempts   []*attempt
	trigger    int // the request that closes triggered
	triggered  chan struct{}
	holder     *process // who began the last request

	processes                         int
	alive, ghosts                     []*process
	kills, atKills, jumps, nights     int
	requests, unanswered              int
	rows, marked, twice, three, extra int
	settles                           bool // it ends with a calm in which everything must be said

	told     sync.Mutex
	story    []string
	problems []string
}

func newDay(t *testing.T, g *ground, dir string, seed uint64, sabotage *string) *day {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	d := &day{
		ground: g, t: t, ctx: t.Context(), dir: dir, seed: seed, sabotage: sabotage, random: r, luck: rand.New(rand.NewPCG(seed, 2)),
		began: time.Now(), broadcasts: map[string]*broadcast{},
	}
	d.rate = []float64{0, 1, 2, 5, 5, 28, 28}[r.IntN(7)]
	if r.IntN(4) > 0 {
		d.weather = weather{refused: r.IntN(100), throttled: r.IntN(60), blocked: r.IntN(30), rejected: r.IntN(30), silent: r.IntN(150)}
	}
	begins := "2026-11-25 " + []string{"07:58", "11:58", "11:58", "19:57", "06:58", "21:57", "21:58"}[r.IntN(7)]
	at, err := time.ParseInLocation("2006-01-02 15:04", begins, g.pack.Zone)
	if err != nil {
		t.Fatal(err)
	}
	d.start0 = at.Add(time.Duration(r.IntN(int(time.Minute))))
	d.settles = at.Hour() < 21
	if d.town, err = store.Open(d.ctx, d.database(), store.Options{}); err != nil {
		t.Fatal(err)
	}
	d.orders = &scheduler.Scheduler{Pack: g.pack, Store: d.town}
	if d.ledger, err = sql.Open("sqlite3", "file:"+d.database()+"?_txlock=immediate"); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *day) database() string { return filepath.Join(d.dir, "l.db") }

// wall is the clock on the wall: it may have been moved, and it is all we look at
// (a time without Go's monotonic part). d.mu is held.
func (d *day) wall() time.Time { return d.start0.Add(time.Since(d.began)).Round(0) }

func (d *day) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.wall()
}

func (d *day) jitter(most time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(d.luck.Int64N(int64(most)))
}

func (d *day) tell(format string, args ...any) {
	d.told.Lock()
	defer d.told.Unlock()
	d.story = append(d.story, fmt.Sprintf("%12s ", time.Since(d.began))+fmt.Sprintf(format, args...))
}

func (d *day) problem(format string, args ...any) {
	d.tell("PROBLEM "+format, args...)
	d.told.Lock()
	defer d.told.Unlock()
	d.problems = append(d.problems, fmt.Sprintf(format, args...))
}

func (d *day) exec(q string) {
	if _, err := d.ledger.ExecContext(d.ctx, q); err != nil {
		d.t.Fatalf("seed %d: %v", d.seed, err)
	}
}

func (d *day) count(q string, args ...any) (n int) {
	if err := d.ledger.QueryRowContext(d.ctx, q, args...).Scan(&n); err != nil {
		d.t.Fatalf("seed %d: %v", d.seed, err)
	}
	return n
}

// run is the whole day: people, a storm, mostly a calm, and the closing.
func (d *day) run() {
	d.imports(5 + d.random.IntN(26))
	d.storm(time.Duration(30+d.random.IntN(100)) * time.Second)
	if d.settles {
		d.settle()
	}
	d.close()
	d.check()
	for _, p := range d.ghosts {
		<-p.done
	}
	if err := d.town.Close(); err != nil {
		d.problem("close: %v", err)
	}
	_ = d.ledger.Close()
}

// storm does one thing after the other, whatever comes to hand.
func (d *day) storm(length time.Duration) {
	d.start()
	gap := int(2*time.Second) + d.random.IntN(int(6*time.Second))
	for end := d.began.Add(length); time.Now().Before(end); {
		time.Sleep(time.Duration(d.random.IntN(gap)) + 1)
		synctest.Wait()
		d.act()
	}
}

// settle mends everything and waits until everything must have been said.
func (d *day) settle() {
	d.mu.Lock()
	d.calm = true
	// The longest wait that a chat was given, a back-off, our own pause, and time for all at the lowest rate.
	wait := 6*time.Minute + max(0, d.trouble.until-time.Since(d.began))
	if d.jumps > 0 { // back, so that everything lies further off
		wait += 12 * time.Minute
	}
	if d.trouble.kind != "429" { // that one keeps its word
		d.trouble = trouble{}
	}
	d.mu.Unlock()
	d.arm()
	for _, b := range d.ordered() {
		if b.state == "paused" {
			d.steer(b, "resume")
		}
	}
	if len(d.alive) == 0 {
		d.start()
	}
	d.tell("calm")
	for end := time.Now().Add(wait); time.Now().Before(end); synctest.Wait() {
		time.Sleep(10 * time.Second)
		if d.count(`SELECT count(*) FROM deliveries WHERE outcome = 0`) == 0 {
			return
		}
	}
}

// close lets the day end: everything is over, and a process comes to close it.
func (d *day) close() {
	for len(d.alive) > 0 {
		if d.random.IntN(2) == 0 {
			d.alive[0].kill()
		} else {
			d.alive[0].stop()
		}
	}
	for _, p := range d.ghosts {
		<-p.done
	}
	for d.night(); d.count(`SELECT count(*) FROM broadcasts WHERE closed_at = 0`) > 0 && d.nights < 3; d.night() {
		d.settles = false // somebody was due only now, in the last moment
	}
}

// night moves the clock behind the end of everything and lets a process look.
func (d *day) night() {
	d.mu.Lock()
	d.nights++
	d.calm, d.trouble = true, trouble{}
	end := d.wall()
	for _, b := range d.broadcasts {
		if b.validUntil.After(end) {
			end = b.validUntil
		}
	}
	d.start0 = d.start0.Add(end.Sub(d.wall()) + time.Second)
	d.mu.Unlock()
	p := d.start()
	time.Sleep(3 * time.Second) // the lock, what was in the air
	p.tick()
	p.stop()
}

// act is one thing that happens.
func (d *day) act() {
	r := d.random
	who := d.people[r.IntN(len(d.people))]
	switch n := r.IntN(100); {
	case len(d.alive) == 0 && n < 60, len(d.alive) == 1 && n < 4:
		d.start()
	case n < 20:
		d.killSoon()
	case n < 22:
		if len(d.alive) > 0 {
			d.alive[r.IntN(len(d.alive))].stop()
		}
	case n < 30:
		d.leave(who)
	case n < 34:
		d.delete(who)
	case n < 42:
		d.join(who)
	case n < 47:
		d.pausePerson(who)
	case n < 51:
		d.setHour(who)
	case n < 53:
		d.setDiscreet(who)
	case n < 61:
		d.imports(1 + r.IntN(9))
	case n < 62:
		d.block(who)
	case n < 72:
		d.order()
	case n < 79:
		d.steerAny()
	case n < 81:
		d.disarm()
	case n < 87:
		d.arm()
	case n < 90 && d.seed%8 == 0:
		d.jump()
	case n >= 97:
		d.move(who)
	default:
		d.makeTrouble()
	}
}

// killSoon kills within a moment of a request, where most can go wrong.
func (d *day) killSoon() {
	if len(d.alive) == 0 {
		return
	}
	d.mu.Lock()
	triggered := make(chan struct{})
	d.triggered, d.trigger = triggered, d.requests+1+d.random.IntN(12)
	d.mu.Unlock()
	select {
	case <-triggered:
	case <-time.After(5*time.Second + 1):
	}
	time.Sleep(time.Duration(d.random.IntN(int(250*time.Millisecond))) + 1)
	d.mu.Lock()
	d.trigger = 0
	d.mu.Unlock()
	d.alive[d.random.IntN(len(d.alive))].kill()
	if len(d.alive) == 0 && d.random.IntN(3) > 0 {
		time.Sleep(time.Duration(d.random.IntN(int(2*time.Second))) + 1)
		d.start()
	}
}

func (d *day) makeTrouble() {
	kinds := []string{"429", "502", "no answer", "revoked"}
	x := trouble{kinds[d.random.IntN(4)], time.Since(d.began) + time.Duration(1+d.random.IntN(20))*time.Second}
	if x.kind == "429" && d.random.IntN(6) == 0 {
		x.until = time.Since(d.began) + 2282*time.Second
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.trouble.kind == "429" && time.Since(d.began) < d.trouble.until {
		return // it said how long
	}
	d.trouble = x
	d.tell("trouble: %s until %s", x.kind, x.until)
}

func (d *day) jump() {
	by := time.Duration(d.random.IntN(int(20*time.Minute))) - 10*time.Minute
	d.mu.Lock()
	defer d.mu.Unlock()
	d.start0 = d.start0.Add(by)
	d.jumps++
	d.tell("the clock jumps by %s to %s", by, d.wall().Format(time.TimeOnly))
}

// do does something to the ledger and notes it, at one instant.
func (d *day) do(what string, who *person, f func(now time.Time) error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tell("%s %s", what, who.address)
	if err := f(d.wall()); err != nil {
		d.problem("%s: %v", what, err)
		return false
	}
	return true
}
