package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What an operator gets wrong is named by its setting, ends with 2, and shows no secret.
func TestWrongSettingsOfTheOfficialAccountAreNamed(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	base := []string{"migrate", "--database", filepath.Join(dir, "l.db")}
	app := []string{"--zalo-oa-app-id", "4291763606161100001", "--zalo-oa-app-secret", "KANARIE"}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no app":              {[]string{"--zalo-oa-secret", "KANARIE"}, "--zalo-oa-app-id"},
		"no app's secret":     {[]string{"--zalo-oa-app-id", "1"}, "--zalo-oa-app-secret"},
		"no id":               {[]string{"--zalo-oa-app-id", "a b", "--zalo-oa-app-secret", "KANARIE"}, "--zalo-oa-app-id"},
		"both":                {append(app[:4:4], "--zalo-oa-app-secret-file", empty), "--zalo-oa-app-secret-file"},
		"an empty file":       {append(app[:4:4], "--zalo-oa-secret-file", empty), "--zalo-oa-secret-file"},
		"no file":             {append(app[:4:4], "--zalo-oa-refresh-token-file", empty+"x"), "--zalo-oa-refresh-token-file"},
		"no address":          {append(app[:4:4], "--zalo-oa-endpoint", "openapi"), "--zalo-oa-endpoint"},
		"no address of OAuth": {append(app[:4:4], "--zalo-oa-oauth-endpoint", "ftp://x"), "--zalo-oa-oauth-endpoint"},
		"an unknown reading":  {append(app[:4:4], "--zalo-oa-signature", "hmac"), "--zalo-oa-signature"},
		"articles":            {append(app[:4:4], "--zalo-oa-broadcasts", "-1"), "--zalo-oa-broadcasts"},
		"more articles":       {append(app[:4:4], "--zalo-oa-broadcasts", "32"), "--zalo-oa-broadcasts"},
		"a picture elsewhere": {append(app[:4:4], "--zalo-oa-cover", "cover.jpg"), "--zalo-oa-cover"},
		"rate":                {append(app[:4:4], "--zalo-oa-rate=-1"), "--zalo-oa-rate"},
	} {
		var out, errOut bytes.Buffer
		code := Run(append(base[:3:3], c.args...), strings.NewReader(""), &out, &errOut)
		if code != exitUsage || !strings.Contains(errOut.String(), c.says) || strings.Contains(errOut.String(), "KANARIE") {
			t.Errorf("%s: code %d, %s", name, code, errOut.String())
		}
	}
}

func TestAuthorizeSaysWhatIsMissingAndChangesNothing(t *testing.T) {
	base := []string{"zalo-oa", "authorize", "--database", filepath.Join(t.TempDir(), "l.db")}
	app := append(base[:4:4], "--zalo-oa-app-id", "1", "--zalo-oa-app-secret", "KANARIE")
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no app":       {base, exitUsage, "--zalo-oa-app-id"},
		"no callback":  {app, exitUsage, "--callback"},
		"no verifier":  {append(app[:8:8], "--callback", "https://a.example/", "--verifier", "KANARIE"), exitUsage, "verifier"},
		"no token":     {append(app[:8:8], "--from-setting"), exitUsage, "--zalo-oa-refresh-token"},
		"nothing said": {append(app[:8:8], "--public-url", "https://a.example"), exitFailure, "nothing was changed"},
	} {
		var out, errOut bytes.Buffer
		code := Run(c.args, strings.NewReader(""), &out, &errOut)
		if code != c.code || !strings.Contains(errOut.String(), c.says) || strings.Contains(out.String()+errOut.String(), "KANARIE") {
			t.Errorf("%s: code %d, %s", name, code, errOut.String())
		}
	}
}
