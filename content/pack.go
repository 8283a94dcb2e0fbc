// Package content is what the bot says: the pack, its checks, its calendar. Load
// reads a pack once at start, Check tells its editors what to mend, and handlers,
// scheduler and pages ask it for texts.
//
// It knows nothing of channels (their limits are an argument of Check) and
// nothing of who reads.
package content

import (
	"io/fs"
	"time"
)

// Pack is everything a resident reads: one city, its campaigns, in its languages.
// It is read once at start and never changes; see docs/pack.md for the files.
type Pack struct {
	Dir       fs.FS
	Place     Text
	Languages []string // the first is the default
	Zone      *time.Location
	Quiet     Hours // nothing unasked in these hours; From == To: never quiet
	Sending   Hours // the hours a subscriber may choose, both included
	Offered   []int // those offered first
	Themes    map[int]Text
	Holidays  map[int][]string // MM-DD by year
	Silent    map[int][]string // days on which nothing is pushed: MM-DD by year
	Weekly    *Weekly          // nil: no weekly tip
	Consent   string           // version of the wording that one agrees to
	Face      Face
	Titles    Titles
	Exit      string   // the neutral site that the quick exit opens
	Places    []string // codes of links, /start CODE, that are counted
	Missing   []Missing

	UI        map[string]Text
	Hotlines  []Hotline
	Topics    []Topic // with their tips
	Guides    []Guide // in the order of pack.yaml and their ids
	Campaigns []Campaign
	Covers    []Text
	Laws      []Law
	Quizzes   []Quiz // in the order of their ids
	Pledge    []Promise
	Crisis    []Crisis
	Words     Words
	Lexicon   Lexicon

	wards      wards
	weeklyLine int
	distress   *matcher // of Crisis; Load makes it
	index      *index   // of what Search finds; Load makes it
}
