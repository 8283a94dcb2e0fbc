package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lachan/content"
)

func TestContentPreviewIsOneFileWithEveryTextAndNothingFromOutside(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "preview.html")
	code, said, errOut := run("content", "preview", "--out", out, "--at", "2026-11-25T10:00")
	if code != exitOK || !strings.Contains(said, out) {
		t.Fatalf("%d\n%s%s", code, said, errOut)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	if len(page) > 8<<20 {
		t.Errorf("%d MB are too many to mail", len(page)>>20)
	}
	for _, outside := range []string{"<script", "<img", "<link", "<a href=\"http", "src=", "@import", "url("} {
		if strings.Contains(page, outside) {
			t.Errorf("the page holds %q", outside)
		}
	}
	pack, err := content.Load(content.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range everyItem(pack) {
		if strings.Count(page, `id="`+id+`"`) != 1 || !strings.Contains(page, `href="#`+id+`"`) {
			t.Errorf("%s is not there once and in the index", id)
		}
	}
	item := regexp.MustCompile(`(?s)<section class="item" id="action-month-2026-11-25">.*?</section>`).FindString(page)
	for _, want := range []string{
		"campaigns/action-month.yaml:", "/4096</span>", "/2000</span>", `<span class="lock">`, "kín đáo", "dễ đọc", "loa đọc",
		"<span>Xem tin</span>", "• Xem tin", "1. Tên", "2. Tên",
	} {
		if !strings.Contains(item, want) {
			t.Errorf("the message of 25 November lacks %q", want)
		}
	}
	if i, j := strings.Index(page, `<section class="item" id="action-month-2026-11-15"`), strings.Index(page, `<section class="item" id="hotline-`); i < 0 || j < i {
		t.Error("the messages do not come first")
	}
	if !strings.Contains(page, "quá hạn hỏi lại từ 01/12/2024") {
		t.Error("what is past its review is not marked")
	}
	if strings.Contains(page, `class="bad">2`) || strings.Contains(page, "Phải sửa") {
		t.Error("something is too long, or to be mended")
	}
}

// everyItem is what must be there, counted without the preview.
func everyItem(pack *content.Pack) []string {
	var out []string
	for _, d := range pack.Days(&pack.Campaigns[0], 2026) {
		out = append(out, "action-month-"+d.Date.Format("2006-01-02"))
	}
	for _, h := range pack.Hotlines {
		out = append(out, "hotline-"+h.ID)
	}
	for _, k := range pack.Crisis {
		out = append(out, "crisis-"+k.ID)
	}
	for _, g := range pack.Guides {
		for id := range g.Nodes {
			out = append(out, "guide-"+g.ID+"-"+id)
		}
	}
	for _, topic := range pack.Topics {
		for _, tip := range topic.Tips {
			out = append(out, "tip-"+topic.ID+"-"+tip.ID)
		}
	}
	for _, l := range pack.Laws {
		out = append(out, "law-"+l.ID)
	}
	return append(out, "ui", "pack", "covers", "pledge", "topics")
}

func TestContentPreviewSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{filepath.Join(dir, "nowhere")}, exitFailure, "nowhere"},
		{[]string{"--at", "yesterday"}, exitUsage, "--at"},
		{[]string{"--out", filepath.Join(dir, "no", "such", "folder.html")}, exitFailure, "folder.html"},
	} {
		code, _, errOut := run(append([]string{"content", "preview"}, c.args...)...)
		if code != c.code || !strings.Contains(errOut, c.want) {
			t.Errorf("%q: %d %s", c.args, code, errOut)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
