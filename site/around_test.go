package site_test

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"lachan/content"
	"lachan/page"
	"lachan/page/pagetest"
	"lachan/site"
)

// feed is what a reader understands of a feed.
type feed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  string   `xml:"author>name"`
	Links   []link   `xml:"link"`
	Entries []struct {
		ID        string `xml:"id"`
		Title     string `xml:"title"`
		Published string `xml:"published"`
		Updated   string `xml:"updated"`
		Links     []link `xml:"link"`
		Content   struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"content"`
	} `xml:"entry"`
}

type link struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

func reads(t *testing.T, w *httptest.ResponseRecorder) (f feed) {
	t.Helper()
	if err := xml.Unmarshal(w.Body.Bytes(), &f); err != nil {
		t.Fatalf("%v\n%s", err, w.Body)
	}
	return f
}

// around are the pages at a moment, at a public address or without one.
func around(t *testing.T, pack *content.Pack, now time.Time, at string) http.Handler {
	t.Helper()
	frame, err := page.New(page.Config{
		Languages: pack.Languages, Name: pack.Face.Name.By, Title: pack.Titles.Site.By, Exit: pack.Exit, Say: pack.Say,
		Feed: pack.Titles.Feed.By, Calendar: pack.Titles.Calendar.By, PublicURL: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	if err := site.Routes(mux, site.Config{Pack: pack, Frame: frame, Now: func() time.Time { return now }}); err != nil {
		t.Fatal(err)
	}
	return mux
}

// haiphong is the built-in pack, without a tip a week.
func haiphong(t *testing.T) *content.Pack {
	t.Helper()
	pack, err := content.Load(content.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	pack.Weekly = nil
	return pack
}

// at is a moment in the pack's zone.
func at(pack *content.Pack, year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, pack.Zone)
}

func TestFeedHasEveryDaySoFarAndTheNewestFirst(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	for _, x := range []struct {
		now           time.Time
		entries       int
		newest, first string
	}{
		{at(pack, 2026, 11, 15, 7, 59), 0, "", ""},
		{at(pack, 2026, 11, 15, 8, 0), 1, "2026-11-15T08:00:00+07:00", "2026-11-15T08:00:00+07:00"},
		{at(pack, 2026, 11, 25, 7, 59), 10, "2026-11-24T08:00:00+07:00", "2026-11-15T08:00:00+07:00"},
		{at(pack, 2026, 11, 25, 23, 59), 11, "2026-11-25T08:00:00+07:00", "2026-11-15T08:00:00+07:00"},
		{at(pack, 2027, 1, 1, 12, 0), 31, "2026-12-15T08:00:00+07:00", "2026-11-15T08:00:00+07:00"},
		{at(pack, 2027, 8, 1, 12, 0), 0, "", ""},
	} {
		for lang, path := range map[string]string{"vi": "/feed.xml", "en": "/en/feed.xml"} {
			w := do(around(t, pack, x.now, "https://lachan.example"), http.MethodGet, path)
			pagetest.Keeps(t, w.Header(), w.Body.String())
			f := reads(t, w)
			if f.Lang != lang || f.Title != pack.Titles.Feed.In(lang) || f.Author == "" || f.ID == "" || f.Updated == "" || len(f.Entries) != x.entries {
				t.Fatalf("%s at %s: %q %q %q %q %q, %d entries", path, x.now, f.Lang, f.Title, f.Author, f.ID, f.Updated, len(f.Entries))
			}
			if x.entries == 0 {
				continue
			}
			if f.Updated != x.newest || f.Entries[0].Published != x.newest || f.Entries[x.entries-1].Published != x.first {
				t.Errorf("%s at %s: updated %s, from %s to %s", path, x.now, f.Updated, f.Entries[x.entries-1].Published, f.Entries[0].Published)
			}
		}
	}
}

func TestFeedSaysTheMessageAndNothingThatShows(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	f := reads(t, do(around(t, pack, at(pack, 2026, 12, 15, 12, 0), ""), http.MethodGet, "/feed.xml"))
	seen := map[string]bool{}
	for _, e := range f.Entries {
		if !regexp.MustCompile(`^Mẹo mỗi ngày · \d\d/\d\d/2026$`).MatchString(e.Title) {
			t.Errorf("the title shows more than a date: %q", e.Title)
		}
		if e.Content.Type != "html" || !strings.HasPrefix(e.Content.Text, "<p>") || strings.Contains(e.Content.Text, "<script") {
			t.Errorf("%s: %s %s", e.ID, e.Content.Type, e.Content.Text)
		}
		if seen[e.ID] || !strings.HasPrefix(e.ID, "tag:lachan,2026-") {
			t.Errorf("id %q", e.ID)
		}
		seen[e.ID] = true
	}
	if want := "<strong>Làm ngay:</strong>"; !strings.Contains(f.Entries[0].Content.Text, want) {
		t.Errorf("no %s in %s", want, f.Entries[0].Content.Text)
	}
}

func TestFeedsIdsStayWhereverItIsFetchedFrom(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	ids := func(now time.Time, public, path string) (out []string) {
		for _, e := range reads(t, do(around(t, pack, now, public), http.MethodGet, path)).Entries {
			out = append(out, e.ID)
		}
		return out
	}
	today, later := at(pack, 2026, 11, 20, 12, 0), at(pack, 2026, 11, 21, 12, 0)
	a, b := ids(today, "https://lachan.example:8443/", "/feed.xml"), ids(later, "https://lachan.example", "/feed.xml")
	if strings.Join(a, " ") != strings.Join(b[1:], " ") || a[0] != "tag:lachan.example,2026-11-20:vi/action-month" {
		t.Errorf("%v then %v", a, b)
	}
	if en := ids(today, "https://lachan.example", "/en/feed.xml"); en[0] == a[0] {
		t.Error("both languages have one id")
	}
}

func TestFeedsLinksAreWhereItIs(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	now := at(pack, 2026, 11, 20, 12, 0)
	for public, want := range map[string]string{
		"":                        "self /en/feed.xml alternate /en/today",
		"https://lachan.example/": "self https://lachan.example/en/feed.xml alternate https://lachan.example/en/today",
	} {
		h := around(t, pack, now, public)
		f := reads(t, do(h, http.MethodGet, "/en/feed.xml"))
		var got []string
		for _, l := range f.Links {
			got = append(got, l.Rel, l.Href)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("links %v, want %s", got, want)
		}
		for path, link := range map[string]string{"/today": `title="Mẹo mỗi ngày" href="/feed.xml">`, "/en/tips": `title="A tip a day" href="/en/feed.xml">`} {
			if body := do(h, http.MethodGet, path).Body.String(); !strings.Contains(body, `<link rel="alternate" type="application/atom+xml" `+link) {
				t.Errorf("%s does not name the feed", path)
			}
		}
	}
}

func TestFeedHasTheWeeklyTipOutsideTheSeason(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	pack.Weekly = &content.Weekly{Weekday: time.Saturday, Topics: []string{"accounts", "scams"}}
	f := reads(t, do(around(t, pack, at(pack, 2027, 2, 14, 12, 0), "https://lachan.example"), http.MethodGet, "/feed.xml"))
	var got []string
	for _, e := range f.Entries {
		got = append(got, e.Published[:10])
		if len(e.Links) != 1 || !strings.HasPrefix(e.Links[0].Href, "https://lachan.example/tips/") {
			t.Errorf("%s: links %v", e.ID, e.Links)
		}
	}
	// 6 February 2027 is the first day of Tết: nothing is said.
	if want := "2027-02-13 2027-01-30 2027-01-23 2027-01-16 2027-01-09 2027-01-02 2026-12-26 2026-12-19"; strings.Join(got, " ") != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}

func TestTodayHasTheWeeklyTipOnItsDay(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	pack.Weekly = &content.Weekly{Weekday: time.Saturday, Topics: []string{"accounts"}}
	for day, want := range map[int]bool{2: true, 3: false} { // Saturday, Sunday
		now := at(pack, 2027, 1, day, 12, 0)
		body := do(around(t, pack, now, ""), http.MethodGet, "/en/today").Body.String()
		if tip := pack.WeeklyTip(now); (tip != nil) != want || want && !strings.Contains(body, tip.Title.In("en")) {
			t.Errorf("on %s: %v in\n%s", now, tip, body)
		}
		_, start := pack.NextCampaignStart(now)
		if got := strings.Contains(body, pack.Date(start, "en")); got == want {
			t.Errorf("on %s the next campaign's date shows: %t", now, got)
		}
	}
}

func TestFeedIsAskedForAgainOnlyWhenItChanged(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	now := at(pack, 2026, 11, 20, 12, 0)
	h := around(t, pack, now, "")
	first := do(h, http.MethodGet, "/feed.xml")
	tag, modified := first.Header().Get("ETag"), first.Header().Get("Last-Modified")
	if tag == "" || modified != now.UTC().Format(http.TimeFormat) || first.Header().Get("Cache-Control") != "public, max-age=900" ||
		first.Header().Get("Content-Type") != "application/atom+xml; charset=utf-8" {
		t.Fatalf("%v", first.Header())
	}
	for name, x := range map[string]struct {
		header, value string
		code          int
	}{
		"its tag":              {"If-None-Match", tag, http.StatusNotModified},
		"its tag among others": {"If-None-Match", `"a", ` + tag, http.StatusNotModified},
		"another tag":          {"If-None-Match", `W/"0"`, http.StatusOK},
		"its time":             {"If-Modified-Since", modified, http.StatusNotModified},
		"a second before":      {"If-Modified-Since", now.Add(-time.Second).UTC().Format(http.TimeFormat), http.StatusOK},
		"no time":              {"If-Modified-Since", "yesterday", http.StatusOK},
	} {
		r := httptest.NewRequest(http.MethodGet, "/feed.xml", nil)
		r.Header.Set(x.header, x.value)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != x.code || (w.Body.Len() == 0) != (x.code == http.StatusNotModified) {
			t.Errorf("%s: %d with %d bytes, want %d", name, w.Code, w.Body.Len(), x.code)
		}
	}
	if w := do(h, http.MethodPost, "/feed.xml"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
	if next := do(around(t, pack, now.AddDate(0, 0, 1), ""), http.MethodGet, "/feed.xml"); next.Header().Get("ETag") == tag {
		t.Error("the next day has the same tag")
	}
}

func TestCalendarHasEveryDateOfTheWindowThatRunsOrComes(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	for _, x := range []struct {
		now  time.Time
		year string
	}{
		{at(pack, 2026, 1, 2, 12, 0), "2026"},
		{at(pack, 2026, 12, 15, 23, 59), "2026"},
		{at(pack, 2026, 12, 16, 0, 0), "2027"},
	} {
		for lang, path := range map[string]string{"vi": "/calendar.ics", "en": "/en/calendar.ics"} {
			w := do(around(t, pack, x.now, "https://lachan.example"), http.MethodGet, path)
			pagetest.Keeps(t, w.Header(), w.Body.String())
			cal, err := ics.ParseCalendar(strings.NewReader(w.Body.String()))
			if err != nil || w.Header().Get("Content-Type") != "text/calendar; charset=utf-8" {
				t.Fatalf("%v, %v\n%s", err, w.Header(), w.Body)
			}
			seen := map[string]bool{}
			for _, e := range cal.Events() {
				uid, start, summary := e.Id(), e.GetProperty(ics.ComponentPropertyDtStart), e.GetProperty(ics.ComponentPropertySummary).Value
				day := regexp.MustCompile(`^` + x.year + `(\d\d)(\d\d)$`).FindStringSubmatch(start.Value)
				if day == nil || seen[uid] || uid != x.year+"-"+day[1]+"-"+day[2]+".action-month."+lang+"@lachan.example" {
					t.Fatalf("%s: uid %q, start %q", path, uid, start.Value)
				}
				seen[uid] = true
				want := pack.Campaigns[0].Title.In(lang)
				if special := pack.Campaigns[0].Special[day[1]+"-"+day[2]].In(lang); special != "" {
					want = special
				}
				if got := ics.FromText(summary); got != want && summary != want {
					t.Errorf("%s: %q, want %q", uid, summary, want)
				}
				for _, stray := range []ics.ComponentProperty{ics.ComponentPropertyDescription, ics.ComponentPropertyLocation, ics.ComponentPropertyCategories} {
					if e.GetProperty(stray) != nil {
						t.Errorf("%s shows %s", uid, stray)
					}
				}
				if len(e.Alarms()) > 0 {
					t.Errorf("%s rings", uid)
				}
			}
			if len(seen) != 31 {
				t.Errorf("%s at %s: %d entries", path, x.now, len(seen))
			}
			if !strings.Contains(w.Body.String(), "\r\nREFRESH-INTERVAL;VALUE=DURATION:P1D\r\n") {
				t.Errorf("it does not say when to look again:\n%s", w.Body)
			}
			for line := range strings.SplitSeq(strings.TrimSuffix(w.Body.String(), "\r\n"), "\r\n") {
				if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !strings.HasPrefix(line, " ") && !strings.Contains(line, ":") {
					t.Errorf("no line of a calendar: %q", line)
				}
			}
		}
	}
}

func TestCalendarIsTheSameUntilSomethingChanges(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	h := around(t, pack, at(pack, 2026, 11, 20, 12, 0), "")
	a, b := do(h, http.MethodGet, "/calendar.ics"), do(h, http.MethodGet, "/calendar.ics")
	if a.Body.String() != b.Body.String() || a.Header().Get("ETag") == "" {
		t.Error("two fetches differ")
	}
	if strings.Contains(a.Body.String(), "URL") || !strings.Contains(a.Body.String(), "@lachan\r\n") {
		t.Errorf("without a public address:\n%s", a.Body)
	}
}

func TestSheetHasTheDayTheNumbersAndTheirAge(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	for lang, path := range map[string]string{"vi": "/today/sheet", "en": "/en/today/sheet"} {
		body := do(around(t, pack, at(pack, 2026, 11, 25, 12, 0), "https://lachan.example"), http.MethodGet, path).Body.String()
		_, text, _ := pack.Today(at(pack, 2026, 11, 25, 12, 0))
		for _, want := range []string{string(page.Markdown(text.In(lang))), "113", "1900 969 680", pack.Say("card_checked", lang, "date", ""), "lachan.example"} {
			if want = strings.TrimSpace(want); !strings.Contains(body, want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
}

func TestLoudspeakerReadsNumbersInWordsInTheFirstLanguageOnly(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	during, after := around(t, pack, at(pack, 2026, 11, 25, 12, 0), ""), around(t, pack, at(pack, 2026, 12, 16, 12, 0), "")
	body := do(during, http.MethodGet, "/today/loudspeaker").Body.String()
	for _, want := range []string{"<p>Thưa bà con.", "gọi một một ba trước", "113\u00a0· 115\u00a0· 111"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if strings.Contains(body, "hreflang") && strings.Contains(body, "/en/today/loudspeaker") {
		t.Error("a twin in English is named")
	}
	if w := do(during, http.MethodGet, "/en/today/loudspeaker"); w.Code != http.StatusNotFound {
		t.Errorf("in English: %d", w.Code)
	}
	if body := do(after, http.MethodGet, "/today/loudspeaker").Body.String(); !strings.Contains(body, pack.Say("page_loudspeaker_none", "vi")) || strings.Contains(body, "bà con") {
		t.Errorf("after the month:\n%s", body)
	}
	for path, want := range map[string]bool{"/today": true, "/en/today": false} {
		if got := strings.Contains(do(during, http.MethodGet, path).Body.String(), "/today/loudspeaker"); got != want {
			t.Errorf("%s leads to it: %t", path, got)
		}
	}
	if strings.Contains(do(after, http.MethodGet, "/today").Body.String(), "/today/loudspeaker") {
		t.Error("it is offered when there is nothing to read")
	}
}
