package content

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"lachan/vitext"
)

// Ward is a commune, a ward or a special zone of today.
type Ward struct {
	Code    string // official; travels in buttons
	Kind    string // phường, xã, đặc khu
	Name    string
	Numbers []DoorNumber // what the city has supplied; mostly none
}

// OldUnit is a commune, ward or town as it was before the merger.
type OldUnit struct {
	Kind, Name, District string // phường · Lạch Tray · quận Ngô Quyền
	Wards                []*Ward
	Action               string // finds it again: folded, unique

	area, province string // keys of its district's name and of its province's
}

// Area is a district or town of before, with the wards of today that its people belong to.
type Area struct {
	Kind, Name string
	Wards      []*Ward
	Action     string

	key string
}

// Place is what a name may mean: one of the three.
type Place struct {
	Ward *Ward
	Old  *OldUnit
	Area *Area
}

// DoorNumber is a telephone number of a ward that the city has supplied.
type DoorNumber struct {
	Door   string // committee, police, union
	Number string
	Source
}

// wards are the communes of a pack, today's and those of before.
type wards struct {
	today   []*Ward
	before  []*OldUnit
	areas   []*Area
	numbers map[string][]DoorNumber // by code
	names   map[string][]named      // by first word
	exact   map[string]Place        // by Action
}

// Wards are the communes of today; a pack may have none.
func (p *Pack) Wards() []*Ward { return p.wards.today }

// Areas are the districts of before, in the order of the file.
func (p *Pack) Areas() []*Area { return p.wards.areas }

// Ward finds a commune of today by its code; nil when there is none.
func (p *Pack) Ward(code string) *Ward {
	i := slices.IndexFunc(p.wards.today, func(w *Ward) bool { return w.Code == code })
	if i < 0 {
		return nil
	}
	return p.wards.today[i]
}

// Leads are the wards of today that a place leads to.
func (x Place) Leads() []*Ward {
	switch {
	case x.Ward != nil:
		return []*Ward{x.Ward}
	case x.Old != nil:
		return x.Old.Wards
	case x.Area != nil:
		return x.Area.Wards
	}
	return nil
}

const (
	wardsFile   = "wards.tsv"
	numbersFile = "wards-numbers.tsv"
	landOnly    = "chỉ một phần đất, không có dân số" // nobody lives there: it leads nowhere
)

var (
	doors = []string{"committee", "police", "union"}
	// What a piece of an old unit may be marked as; without a mark the whole unit went there.
	shares   = []string{"", "một phần", "một phần đất, toàn bộ dân số", landOnly}
	codeForm = regexp.MustCompile(`^[0-9]{1,10}$`)
	// Phường Lạch Tray (quận Ngô Quyền) [một phần]
	oldForm    = regexp.MustCompile(`^(Phường|Xã|Thị trấn|Huyện|Đặc khu) ([^()\[\]]+) \(([^()\[\]]+)\)(?: \[([^\]]+)\])?$`)
	areaForm   = regexp.MustCompile(`^(TP|[Tt]hành phố|[Tt]hị xã|[Qq]uận|[Hh]uyện) (\p{Lu}[^,]*)(?:, tỉnh (.+))?$`)
	numberForm = regexp.MustCompile(`^[0-9][0-9 ]*[0-9]$`)
)

// wards reads wards.tsv and wards-numbers.tsv, which a pack may do without.
func (l *loader) wards() {
	w := &l.pack.wards
	w.numbers, w.names, w.exact = map[string][]DoorNumber{}, map[string][]named{}, map[string]Place{}
	for _, r := range l.table(wardsFile, "new_name", "kind", "code", "old_units", "sources") {
		x := &Ward{Name: r.cells[0], Kind: r.cells[1], Code: r.cells[2]}
		switch {
		case x.Name == "" || x.Kind == "" || r.cells[4] == "":
			r.problem(r.line, "new_name, kind and sources must be filled in")
		case !codeForm.MatchString(x.Code):
			r.problem(r.line, "%q is not an official code: digits only", x.Code)
		case l.pack.Ward(x.Code) != nil:
			r.problem(r.line, "the code %s stands here a second time", x.Code)
		}
		w.today = append(w.today, x)
		for piece := range strings.SplitSeq(r.cells[3], "; ") {
			m := oldForm.FindStringSubmatch(strings.TrimSpace(piece))
			if m == nil || !slices.Contains(shares, m[4]) {
				r.problem(r.line, "%q is no old unit: write it as Phường A (quận B), with [một phần] behind when only a part went here", piece)
				continue
			}
			w.add(x, strings.ToLower(m[1]), m[2], m[3], m[4] == landOnly)
		}
	}
	for _, r := range l.table(numbersFile, "code", "door", "number", "source", "checked", "review_by") {
		l.doorNumber(r)
	}
	for _, x := range w.today {
		x.Numbers = w.numbers[x.Code]
	}
	w.index()
}

// add notes that an old unit, or a part of it, went to a ward.
func (w *wards) add(x *Ward, kind, name, district string, landOnly bool) {
	u := &OldUnit{Kind: kind, Name: name}
	if m := areaForm.FindStringSubmatch(district); m != nil {
		areaKind := strings.ToLower(strings.Replace(m[1], "TP", "thành phố", 1))
		u.District, u.area, u.province = areaKind+" "+m[2], key(m[2]), key(m[3])
		w.addToArea(x, areaKind, m[2], landOnly)
	} else { // an island district without communes: it was both
		w.addToArea(x, kind, name, landOnly)
	}
	u.Action = vitext.Plain(u.Kind + " " + u.Name + " " + u.District)
	i := slices.IndexFunc(w.before, func(b *OldUnit) bool { return b.Action == u.Action })
	if i < 0 {
		w.before, i = append(w.before, u), len(w.before)
	}
	if !landOnly {
		w.before[i].Wards = append(w.before[i].Wards, x)
	}
}

func (w *wards) addToArea(x *Ward, kind, name string, landOnly bool) {
	i := slices.IndexFunc(w.areas, func(a *Area) bool { return a.Kind == kind && a.Name == name })
	if i < 0 {
		w.areas, i = append(w.areas, &Area{Kind: kind, Name: name, Action: vitext.Plain(kind + " " + name), key: key(name)}), len(w.areas)
	}
	if a := w.areas[i]; !landOnly && !slices.Contains(a.Wards, x) {
		a.Wards = append(a.Wards, x)
	}
}

// doorNumber reads one number that the city has supplied.
func (l *loader) doorNumber(r row) {
	n := DoorNumber{Door: r.cells[1], Number: r.cells[2], Source: Source{Sources: []string{r.cells[3]}, file: r.name, checkedLine: r.line, reviewLine: r.line}}
	n.Checked, n.ReviewBy = r.date(4), r.date(5)
	switch {
	case l.pack.Ward(r.cells[0]) == nil:
		r.problem(r.line, "the code %q is not in %s", r.cells[0], wardsFile)
	case !slices.Contains(doors, n.Door):
		r.problem(r.line, "%q is no door: write %s", n.Door, strings.Join(doors, ", "))
	case !numberForm.MatchString(n.Number) || len(digits(n.Number)) < 3:
		r.problem(r.line, "%q is not a number to call: digits and spaces", n.Number)
	case r.cells[3] == "":
		r.problem(r.line, "no source: say who gave the number, or where it is published")
	case n.ReviewBy.Before(n.Checked):
		r.problem(r.line, "review_by lies before checked")
	default:
		l.pack.wards.numbers[r.cells[0]] = append(l.pack.wards.numbers[r.cells[0]], n)
	}
}

// row is one line of a table, its cells trimmed.
type row struct {
	*file
	cells []string
	line  int
}

// table reads a file whose cells are parted by tabs and whose first line names the
// columns. A file that is not there, or holds only its first line, has no rows.
func (l *loader) table(name string, columns ...string) []row {
	if _, err := fs.Stat(l.dir, name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	f, ok := l.open(name)
	if !ok {
		return nil
	}
	if head := strings.TrimSpace(f.lines[0]); head != strings.Join(columns, "\t") {
		f.problem(1, "the first line names the columns, with tabs between: %s", strings.Join(columns, ", "))
		return nil
	}
	var out []row
	for i, line := range f.lines[1:] {
		if strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != len(columns) {
			f.problem(i+2, "%d columns, %d are needed (%s), with tabs between", len(cells), len(columns), strings.Join(columns, ", "))
			continue
		}
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		out = append(out, row{f, cells, i + 2})
	}
	return out
}

// date reads the cell of a column.
func (r row) date(column int) time.Time {
	d, err := time.Parse(time.DateOnly, r.cells[column])
	if err != nil {
		r.problem(r.line, "%q is not a date: write it as 2026-11-25", r.cells[column])
	}
	return d
}
