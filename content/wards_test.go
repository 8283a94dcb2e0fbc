package content

import (
	"bufio"
	"bytes"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"lachan/vitext"
)

// haiphong is the built-in pack.
func haiphong(t testing.TB) *Pack {
	t.Helper()
	p, err := Load(Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rowsOf reads the built-in table by itself: the name, the kind and the old units of each row.
func rowsOf(t *testing.T) [][]string {
	t.Helper()
	b, err := fs.ReadFile(Builtin(), wardsFile)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		out = append(out, strings.Split(s.Text(), "\t"))
	}
	return out[1:]
}

// called are places as a test names them.
func called(places []Place) string {
	var out []string
	for _, x := range places {
		switch {
		case x.Ward != nil:
			out = append(out, x.Ward.Kind+" "+x.Ward.Name)
		case x.Old != nil:
			out = append(out, x.Old.Kind+" "+x.Old.Name+" ("+x.Old.District+")")
		default:
			out = append(out, x.Area.Kind+" "+x.Area.Name)
		}
	}
	return strings.Join(out, "; ")
}

// find is FindPlaces, sure or not.
func find(p *Pack, said string) []Place {
	places, _ := p.FindPlaces(said)
	return places
}

// reach says whether one of the places leads to a ward.
func reach(places []Place, code string) bool {
	return slices.ContainsFunc(places, func(x Place) bool {
		return slices.ContainsFunc(x.Leads(), func(w *Ward) bool { return w.Code == code })
	})
}

// unmarkedUpper is a name as somebody without accents types it.
func unmarkedUpper(s string) string { return strings.ToUpper(vitext.Fold(s)) }

func TestEveryNewNameIsFound(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	rows := rowsOf(t)
	if len(rows) != 114 || len(p.Wards()) != 114 {
		t.Fatalf("%d rows, %d wards, want 114", len(rows), len(p.Wards()))
	}
	for _, r := range rows {
		for _, said := range []string{
			r[0], unmarkedUpper(r[0]), r[1] + " " + r[0], unmarkedUpper(r[1] + " " + r[0]), "mình ở " + r[1] + " " + r[0] + " ạ", r[0] + " mới", r[2],
			strings.ReplaceAll(unmarkedUpper(r[0]), " ", ""),
		} {
			if got := find(p, said); !reach(got, r[2]) {
				t.Errorf("%q: %s, want %s %s", said, called(got), r[1], r[0])
			}
		}
	}
}

// TestEveryOldNameIsFound: with its district an old unit is found alone, and leads
// to those of today where its people are; by its bare name it is among what is offered.
func TestEveryOldNameIsFound(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	piece := regexp.MustCompile(`^(.+) \(([^,)]+)[^)]*\)(?: \[(.+)\])?$`)
	want := map[[2]string][]string{} // old unit → codes
	for _, r := range rowsOf(t) {
		for old := range strings.SplitSeq(r[3], "; ") {
			m := piece.FindStringSubmatch(old)
			k := [2]string{m[1], m[2]}
			want[k] = append(want[k], nil...)
			if m[3] != "chỉ một phần đất, không có dân số" {
				want[k] = append(want[k], r[2])
			}
		}
	}
	if len(want) != 375 { // 374 and Bạch Long Vĩ
		t.Fatalf("%d old units, want 375", len(want))
	}
	for old, codes := range want {
		_, base, _ := strings.Cut(strings.Replace(old[0], "Thị trấn", "Thị_trấn", 1), " ")
		for _, said := range []string{
			old[0] + ", " + old[1], unmarkedUpper(old[0] + " " + old[1]), base + " " + old[1], "nhà ở " + strings.ToLower(old[0]) + ", " + old[1] + ", thành phố Hải Phòng",
		} {
			got := find(p, said)
			if len(got) != 1 && old[1] != "huyện đảo" {
				t.Errorf("%q: %q, want one place", said, called(got))
			}
			if led := codesOf(got); !slices.Equal(led, codes) {
				t.Errorf("%q: %q leads to %v, want %v", said, called(got), led, codes)
			}
		}
		for _, said := range []string{base, unmarkedUpper(base), old[0], unmarkedUpper(old[0]), unmarkedUpper(old[0]) + " cu"} {
			for _, code := range codes {
				if !reach(find(p, said), code) {
					t.Errorf("%q does not lead to %s: %s", said, code, called(find(p, said)))
				}
			}
		}
	}
	for _, u := range p.wards.before {
		if n := len("back where " + u.Action); n > longestAction || len(u.Wards) == 0 {
			t.Errorf("%s: %d bytes in a button, %d wards", u.Action, n, len(u.Wards))
		}
	}
}

func codesOf(places []Place) []string {
	out := []string{}
	for _, x := range places {
		for _, w := range x.Leads() {
			if !slices.Contains(out, w.Code) {
				out = append(out, w.Code)
			}
		}
	}
	return out
}

// TestTraps are the names of facts/haiphong-wards.md that fit several, and how people write them.
func TestTraps(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	for said, want := range map[string]string{
		// equal without accents
		"Cẩm Giang":      "xã Cẩm Giang; thị trấn Cẩm Giang (huyện Cẩm Giàng)",
		"xã Cẩm Giàng":   "xã Cẩm Giàng",
		"cam giang":      "xã Cẩm Giàng; xã Cẩm Giang; thị trấn Cẩm Giang (huyện Cẩm Giàng); huyện Cẩm Giàng",
		"xa cam giang":   "xã Cẩm Giàng; xã Cẩm Giang",
		"An Phụ":         "phường An Phụ (thị xã Kinh Môn)",
		"xã Tự Cường":    "xã Tự Cường (huyện Tiên Lãng)",
		"Xã Quang Thành": "xã Quang Thành (thị xã Kinh Môn)",
		// a new name that is an old one elsewhere
		"An Dương":              "phường An Dương; phường An Dương (quận Lê Chân); quận An Dương",
		"phường An Dương":       "phường An Dương; phường An Dương (quận Lê Chân)",
		"an duong cu":           "phường An Dương (quận Lê Chân); quận An Dương",
		"phường An Dương mới":   "phường An Dương",
		"phường cũ An Dương":    "phường An Dương (quận Lê Chân)",
		"an duong le chan":      "phường An Dương (quận Lê Chân)",
		"Lê Chân, An Dương":     "phường An Dương (quận Lê Chân)",
		"quận An Dương":         "quận An Dương",
		"Ngô Quyền":             "phường Ngô Quyền; xã Ngô Quyền (huyện Thanh Miện); quận Ngô Quyền",
		"xã Ngô Quyền":          "xã Ngô Quyền (huyện Thanh Miện)",
		"Ngô Quyền, Thanh Miện": "xã Ngô Quyền (huyện Thanh Miện)",
		"Nguyễn Trãi":           "phường Nguyễn Trãi; phường Nguyễn Trãi (thành phố Hải Dương)",
		"Trần Hưng Đạo":         "phường Trần Hưng Đạo; phường Trần Hưng Đạo (thành phố Thủy Nguyên); phường Trần Hưng Đạo (thành phố Hải Dương)",
		"Bạch Đằng":             "phường Bạch Đằng; xã Bạch Đằng (thành phố Thủy Nguyên); xã Bạch Đằng (thị xã Kinh Môn)",
		"Hòa Bình":              "phường Hòa Bình; phường Hòa Bình (thành phố Thủy Nguyên); xã Hòa Bình (huyện Vĩnh Bảo); xã Hòa Bình (huyện Kim Thành)",
		"xã Hoà Bình, Vĩnh Bảo": "xã Hòa Bình (huyện Vĩnh Bảo)",
		"Hưng Đạo":              "phường Hưng Đạo; phường Hưng Đạo (quận Dương Kinh); xã Hưng Đạo (thành phố Chí Linh); xã Hưng Đạo (huyện Tứ Kỳ)",
		"Tân Hưng":              "phường Tân Hưng; phường Tân Hưng (thành phố Hải Dương); xã Tân Hưng (huyện Vĩnh Bảo)",
		"An Hưng":               "xã An Hưng; phường An Hưng (quận Hồng Bàng)",
		"Chí Minh":              "xã Chí Minh; phường Chí Minh (thành phố Chí Linh); xã Chí Minh (huyện Tứ Kỳ)",
		"Hùng Thắng":            "xã Hùng Thắng; xã Hùng Thắng (huyện Tiên Lãng); xã Hùng Thắng (huyện Bình Giang)",
		"Quyết Thắng":           "xã Quyết Thắng; xã Quyết Thắng (thành phố Hải Dương)",
		"Tân An":                "xã Tân An; xã Tân An (huyện Thanh Hà)",
		"Trần Phú":              "xã Trần Phú; phường Trần Phú (thành phố Hải Dương); xã Trần Phú (huyện Nam Sách)",
		"Vĩnh Hòa":              "xã Vĩnh Hòa; xã Vĩnh Hòa (huyện Vĩnh Bảo); xã Vĩnh Hòa (huyện Ninh Giang)",
		// several old ones
		"Hồng Phong": "phường Hồng Phong (quận An Dương); xã Hồng Phong (huyện Nam Sách); xã Hồng Phong (huyện Ninh Giang); xã Hồng Phong (huyện Thanh Miện)",
		"hong phong, huyen ninh giang, hai duong": "xã Hồng Phong (huyện Ninh Giang)",
		"phường Nam Sơn quận Kiến An":             "phường Nam Sơn (quận Kiến An)",
		"Nam Sơn An Dương":                        "phường Nam Sơn (quận An Dương)",
		// as people write
		"P. Lạch Tray, Q. Ngô Quyền": "phường Lạch Tray (quận Ngô Quyền)",
		"lachtray":                   "phường Lạch Tray (quận Ngô Quyền)",
		"lach chay":                  "phường Lạch Tray (quận Ngô Quyền)",
		"phường Vạn Mĩ":              "phường Vạn Mỹ (quận Ngô Quyền)",
		"Lach Tray ward":             "phường Lạch Tray (quận Ngô Quyền)",
		"tt Cát Bà":                  "thị trấn Cát Bà (huyện Cát Hải)",
		"Đông Hải 2":                 "phường Đông Hải 2 (quận Hải An)",
		"Quán Toan":                  "phường Quán Toan (quận Hồng Bàng)",
		"Bạch Long Vĩ":               "đặc khu Bạch Long Vĩ; huyện Bạch Long Vĩ (); huyện Bạch Long Vĩ",
		"phường Hồng Bàng, quận Hồng Bàng": "phường Hồng Bàng",
		"":              "",
		"ạ":             "",
		"Cầu Rồng":      "",
		"mình không rõ": "",
	} {
		if got := called(find(p, said)); got != want {
			t.Errorf("%q:\n got  %s\n want %s", said, got, want)
		}
	}
}

// TestGuessesAreNotSure: what only sounds alike is asked about.
func TestGuessesAreNotSure(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	for said, want := range map[string]bool{"Lạch Tray": true, "lachtray": true, "11407": true, "lach chay": false, "Lạch Trây": true, "Lac Tray": false, "Cài đặt": false} {
		if places, sure := p.FindPlaces(said); sure != want || len(places) == 0 {
			t.Errorf("%q: %s, sure %t", said, called(places), sure)
		}
	}
}

// TestLandWithoutPeopleSendsNobody: such a piece leads nowhere.
func TestLandWithoutPeopleSendsNobody(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	for said, want := range map[string]string{
		"xã Quang Trung, Thủy Nguyên":    "Lê Ích Mộc",          // land in Lưu Kiếm
		"phường Gia Viên quận Ngô Quyền": "Ngô Quyền, Gia Viên", // land in Hồng Bàng
		"phường Tân Thành Dương Kinh":    "Dương Kinh",          // land in Đồ Sơn
		"Đông Hải 2":                     "Đông Hải",            // land in Hải An
	} {
		var got []string
		for _, x := range find(p, said) {
			for _, w := range x.Leads() {
				got = append(got, w.Name)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q leads to %v, want %s", said, got, want)
		}
	}
}

// TestNoNameOfAPlaceIsTakenForDistress: who writes where they live gets their answer.
func TestNoNameOfAPlaceIsTakenForDistress(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	for _, r := range rowsOf(t) {
		for _, name := range append(strings.Split(r[3], "; "), r[1]+" "+r[0], r[0]) {
			name, _, _ = strings.Cut(name, " [")
			for _, said := range []string{name, vitext.Fold(name)} {
				if kinds := p.Distress(said); len(kinds) > 0 {
					t.Errorf("%q is taken for %s", said, kinds[0].ID)
				}
			}
		}
	}
}

const twoWards = "new_name\tkind\tcode\told_units\tsources\n" +
	"An Biên\tphường\t11407\tPhường An Dương (quận Lê Chân); Phường An Biên (quận Lê Chân) [một phần]\tNQ1669\n" +
	"Cát Hải\tđặc khu\t11914\tThị trấn Cát Bà (huyện Cát Hải)\tNQ1669\n"

func TestWardsNameFileAndLine(t *testing.T) {
	t.Parallel()
	const head = "code\tdoor\tnumber\tsource\tchecked\treview_by\n"
	for name, c := range map[string]struct{ wards, numbers, want string }{
		"columns":         {"name\tkind\n", "", "wards.tsv:1: the first line names the columns"},
		"a cell missing":  {twoWards + "An Hải\tphường\t11617\n", "", "wards.tsv:4: 3 columns, 5 are needed"},
		"no code":         {strings.Replace(twoWards, "11914", "x", 1), "", `wards.tsv:3: "x" is not an official code`},
		"code twice":      {strings.Replace(twoWards, "11914", "11407", 1), "", "wards.tsv:3: the code 11407 stands here a second time"},
		"no source":       {strings.Replace(twoWards, "\tNQ1669\n", "\t\n", 1), "", "wards.tsv:2: new_name, kind and sources must be filled in"},
		"no district":     {strings.Replace(twoWards, "Cát Bà (huyện Cát Hải)", "Cát Bà", 1), "", `wards.tsv:3: "Thị trấn Cát Bà" is no old unit`},
		"unknown mark":    {strings.Replace(twoWards, "[một phần]", "[nửa]", 1), "", `wards.tsv:2: "Phường An Biên (quận Lê Chân) [nửa]" is no old unit`},
		"not composed":    {strings.Replace(twoWards, "Bà", "Ba\u0300", 1), "", "wards.tsv:3: letters and their accents"},
		"unknown ward":    {twoWards, head + "1\tpolice\t0225 3999 999\tx\t2026-11-01\t2027-11-01\n", `wards-numbers.tsv:2: the code "1" is not in wards.tsv`},
		"unknown door":    {twoWards, head + "11407\tschool\t0225 3999 999\tx\t2026-11-01\t2027-11-01\n", `wards-numbers.tsv:2: "school" is no door`},
		"not a number":    {twoWards, head + "11407\tpolice\t0225x3999\tx\t2026-11-01\t2027-11-01\n", `wards-numbers.tsv:2: "0225x3999" is not a number to call`},
		"number's source": {twoWards, head + "11407\tpolice\t0225 3999 999\t\t2026-11-01\t2027-11-01\n", "wards-numbers.tsv:2: no source"},
		"number's date":   {twoWards, head + "\n11407\tpolice\t0225 3999 999\tx\tsoon\t2027-11-01\n", `wards-numbers.tsv:3: "soon" is not a date`},
		"review":          {twoWards, head + "11407\tpolice\t0225 3999 999\tx\t2026-11-01\t2025-11-01\n", "wards-numbers.tsv:2: review_by lies before checked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := withWards(t, c.wards, c.numbers)
			_, err := Load(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestWardsTakeTheNumbersThatTheCitySupplies(t *testing.T) {
	t.Parallel()
	dir := withWards(t, twoWards, "code\tdoor\tnumber\tsource\tchecked\treview_by\n11407\tpolice\t0225 3999 999\tthe city's letter\t2025-11-01\t2026-11-01\n")
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Ward("11407").Numbers; len(n) != 1 || n[0].Door != "police" || n[0].Number != "0225 3999 999" || !n[0].Old(now) {
		t.Errorf("got %+v", n)
	}
	if len(p.Ward("11914").Numbers) != 0 {
		t.Error("a ward has another one's number")
	}
	if _, warnings := check(t, dir); !strings.Contains(strings.Join(warnings, "\n"), "wards-numbers.tsv:2: warning: past its review") {
		t.Errorf("no warning of an old number: %v", warnings)
	}
}

func withWards(t *testing.T, wards, numbers string) fstest.MapFS {
	t.Helper()
	dir := small(t)
	dir[wardsFile] = &fstest.MapFile{Data: []byte(wards)}
	if numbers != "" {
		dir[numbersFile] = &fstest.MapFile{Data: []byte(numbers)}
	}
	return dir
}

func FuzzFindPlaces(f *testing.F) {
	p := haiphong(f)
	for _, s := range []string{"phường An Dương cũ", "q. le chan", "x", "xã xã xã", "an an an an", "Lạch\x00Tray", "tt tt", "thanh pho"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := find(p, s)
		if len(got) > mostPlaces {
			t.Errorf("%q: %d places", s, len(got))
		}
		for _, x := range got {
			if len(x.Leads()) == 0 {
				t.Errorf("%q: %s leads nowhere", s, called([]Place{x}))
			}
		}
	})
}

func BenchmarkFindPlaces(b *testing.B) {
	p := haiphong(b)
	for b.Loop() {
		find(p, "mình ở phường Lạch Tray, quận Ngô Quyền")
	}
}
