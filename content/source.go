package content

import "time"

// Source says where a fact is from and how old it is.
type Source struct {
	Sources  []string
	Checked  time.Time // the newest source, or the last check
	ReviewBy time.Time // from here on the fact counts as old

	file                    string
	checkedLine, reviewLine int
}

// Old says whether the fact should have been looked at again.
func (s Source) Old(now time.Time) bool { return !s.ReviewBy.After(now) }

// source reads where a fact is from.
func (m mapping) source() Source {
	s := Source{Checked: m.date("checked"), ReviewBy: m.date("review_by"), file: m.name, checkedLine: m.line("checked"), reviewLine: m.line("review_by")}
	if _, ok := m.get("sources"); ok {
		s.Sources = m.strings("sources")
		if len(s.Sources) == 0 {
			m.problem(m.line("sources"), "no source: name at least one address or title")
		}
	}
	if !s.ReviewBy.IsZero() && s.ReviewBy.Before(s.Checked) {
		m.problem(s.reviewLine, "review_by lies before checked")
	}
	return s
}
