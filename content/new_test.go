package content

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// another is the pack of another city, in memory.
func another(t *testing.T) fstest.MapFS {
	t.Helper()
	files, err := Another(map[string]string{"vi": "Cần Thơ", "en": "Can Tho"})
	if err != nil {
		t.Fatal(err)
	}
	dir := fstest.MapFS{}
	for name, data := range files {
		dir[name] = &fstest.MapFile{Data: data}
	}
	return dir
}

func TestAnotherCitysPackIsSoundAndListsWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := another(t)
	ps, err := Check(dir, carriers, now)
	if err != nil {
		t.Fatal(err)
	}
	here, err := Check(Builtin(), carriers, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(ps) != len(here) { // the small limits of this test find as much in both
		t.Errorf("%d problems there, %d here", len(ps), len(here))
	}
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Wards()) > 0 || len(p.Missing) < 10 || p.Place.In("vi") != "Cần Thơ" || p.Place.In("en") != "Can Tho" {
		t.Errorf("%d communes, %d missing, place %v", len(p.Wards()), len(p.Missing), p.Place.By)
	}
	for _, want := range []string{"wards.tsv", "wards-numbers.tsv", "phụ trách", "themes", "Công an Cần Thơ"} {
		found := false
		for _, m := range p.Missing {
			found = found || strings.Contains(m.What+m.Who, want)
		}
		if !found {
			t.Errorf("%q is not among what is missing", want)
		}
	}
	if m := p.Missing[0]; !strings.Contains(lineOf(dir, "pack.yaml", m.Line), "phụ trách") {
		t.Errorf("line %d is %q", m.Line, lineOf(dir, "pack.yaml", m.Line))
	}
	if got := p.UI["start"].In("vi"); got == "" || len(p.Hotlines) != len(haiphong(t).Hotlines) {
		t.Errorf("%d lines, greeting %q", len(p.Hotlines), got)
	}
}

func lineOf(dir fstest.MapFS, name string, line int) string {
	return strings.Split(string(dir[name].Data), "\n")[line-1]
}

// Nothing in it is of the city it was made from; only the address of a law's source is.
func TestAnotherCitysPackDoesNotNameThisOne(t *testing.T) {
	t.Parallel()
	here := regexp.MustCompile(`(?i)h[ảa]i\s*ph[òo]ng|h[ảa]i\s*d[ưu][ơo]ng`)
	for name, f := range another(t) {
		for i, line := range strings.Split(string(f.Data), "\n") {
			if here.MatchString(line) && !strings.HasPrefix(strings.TrimSpace(line), "- https://") {
				t.Errorf("%s:%d: %s", name, i+1, line)
			}
		}
	}
}

// Nor do the built-in pack's own texts: they say {city}.
func TestBuiltinTextsSayTheCityByItsMark(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	n := 0
	for _, x := range p.pieces() {
		if strings.Contains(x.In("vi"), "Hải Phòng") {
			n++
		}
	}
	if n < 20 {
		t.Errorf("only %d texts name the city", n)
	}
}

func TestAnotherTakesTheNameOfAPlaceOnly(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"Cần Thơ": true, "Đà Nẵng": true, "Thành phố Hồ Chí Minh": true, "Bà Rịa-Vũng Tàu": true, "Huế": true, "Ca\u0300 Mau": true,
		"": false, " ": false, "cần thơ": false, "Cần  Thơ": false, "Cần Thơ\n": false, `Cần "Thơ`: false, "{city}": false, "Cần: Thơ": false,
		"Một Hai Ba Bốn Năm Sáu Bảy": false, "Quận 1": false, "[Huế](http://x)": false,
	} {
		if _, err := Another(map[string]string{"vi": name, "en": "Anywhere"}); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}
