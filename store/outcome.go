package store

// Outcome is what became of a delivery; in the table a small number.
type Outcome int

// The outcomes. Waiting is none yet. Their numbers are in the ledger: they never change.
const (
	Waiting       Outcome = iota
	Sent                  // the platform accepted it
	Gone                  // blocked, deactivated
	Withdrawn             // left or paused meanwhile
	Rejected              // the platform will never take it
	Expired               // its time was over
	Cancelled             // by the operator
	OutsideWindow         // the platform does not let us speak unasked now
	OutOfQuota            // the plan was used up
	Unknown               // it may have arrived; nobody can say
)

// outcomes are the names that people read, by number.
var outcomes = [...]string{"waiting", "sent", "gone", "withdrawn", "rejected", "expired", "cancelled", "outside window", "out of quota", "unknown"}

func (o Outcome) String() string { return outcomes[o] }

// MaxDoubt is the doubt that makes a delivery Unknown: the third time that it may have arrived unseen.
const MaxDoubt = 3
