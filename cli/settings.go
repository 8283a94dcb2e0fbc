package cli

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"lachan/content"
)

// Settings are read once; everything else gets plain values.
type Settings struct {
	Listen            string  `default:"127.0.0.1:8080" env:"LACHAN_LISTEN" help:"Where the web chat and the pages are served (${default})." group:"Settings"`
	OpsListen         string  `default:"127.0.0.1:8081" env:"LACHAN_OPS_LISTEN" help:"Where /metrics, /healthz, /readyz and /debug/pprof/ are served (${default})." group:"Settings"`
	Database          string  `default:"data/lachan.db" env:"LACHAN_DATABASE" help:"The SQLite file (${default})." group:"Settings"`
	DataKeyFile       string  `env:"LACHAN_DATA_KEY_FILE" help:"The key of the database: lachan.key beside it unless named; made at the first start." group:"Settings"`
	Content           string  `env:"LACHAN_CONTENT" help:"The folder of the content pack; the built-in one unless named." group:"Settings"`
	TelegramToken     Secret  `env:"LACHAN_TELEGRAM_TOKEN" help:"The bot's token from @BotFather; empty: Telegram is off." group:"Settings"`
	TelegramTokenFile string  `env:"LACHAN_TELEGRAM_TOKEN_FILE" help:"A file that holds the token." group:"Settings"`
	TelegramEndpoint  string  `default:"https://api.telegram.org" env:"LACHAN_TELEGRAM_ENDPOINT" help:"Telegram's address (${default})." group:"Settings"`
	TelegramRate      float64 `default:"28" env:"LACHAN_TELEGRAM_RATE" help:"Messages a second, answers included (${default}); 0: no limit of our own." group:"Settings"`
	TelegramMode      string  `enum:"auto,polling,webhook" default:"auto" env:"LACHAN_TELEGRAM_MODE" help:"How messages come in: polling, webhook; auto: webhook with a public address." group:"Settings"`
	ZaloBotToken      Secret  `env:"LACHAN_ZALO_BOT_TOKEN" help:"The bot's token from Zalo Bot Creator; empty: the Zalo bot is off." group:"Settings"`
	ZaloBotTokenFile  string  `env:"LACHAN_ZALO_BOT_TOKEN_FILE" help:"A file that holds the token." group:"Settings"`
	ZaloBotEndpoint   string  `default:"https://bot-api.zaloplatforms.com" env:"LACHAN_ZALO_BOT_ENDPOINT" help:"The Zalo bot platform's address (${default})." group:"Settings"`
	ZaloBotMode       string  `enum:"auto,polling,webhook" default:"auto" env:"LACHAN_ZALO_BOT_MODE" help:"How messages come in: polling, webhook; auto: webhook with a public address." group:"Settings"`
	ZaloBotPeople     int     `default:"50" env:"LACHAN_ZALO_BOT_PEOPLE" help:"People that the Zalo bot's plan allows (${default}); more of them are a warning. 0: not watched." group:"Settings"`
	ZaloBotMessages   int     `default:"3000" env:"LACHAN_ZALO_BOT_MESSAGES" help:"Messages a month that the Zalo bot's plan allows (${default}); broadcasts stop at 70% of them. 0: no limit of our own." group:"Settings"`
	PublicURL         string  `name:"public-url" env:"LACHAN_PUBLIC_URL" help:"The https address under which --listen is reached from outside; with one, platforms call us." group:"Settings"`
	OperatorChat      string  `env:"LACHAN_OPERATOR_CHAT" help:"Where staff are told of trouble: telegram:ID; no personal data goes there." group:"Settings"`
	LogFormat         string  `enum:"auto,text,json" default:"auto" env:"LACHAN_LOG_FORMAT" help:"text, json; auto: text on a terminal, else json." group:"Settings"`
	LogLevel          string  `enum:"debug,info,warn,error" default:"info" env:"LACHAN_LOG_LEVEL" help:"debug, info, warn, error (${default})." group:"Settings"`

	ZaloOA  ZaloOASettings  `embed:"" prefix:"zalo-oa-" envprefix:"LACHAN_ZALO_OA_" group:"Settings"`
	WebPush WebPushSettings `embed:"" prefix:"web-push-" envprefix:"LACHAN_WEB_PUSH_" group:"Settings"`
}

// Secret is a value that is never printed.
type Secret string

func (Secret) String() string { return "***" }

// GoString hides it from %#v too.
func (Secret) GoString() string { return "***" }

// read checks the settings and fetches secrets from their files.
func (s *Settings) read() error {
	if s.TelegramTokenFile != "" {
		if s.TelegramToken != "" {
			return usageError{fmt.Errorf("--telegram-token and --telegram-token-file are both set: keep one")}
		}
		b, err := os.ReadFile(s.TelegramTokenFile)
		if err != nil {
			return usageError{fmt.Errorf("--telegram-token-file: %w", err)}
		}
		s.TelegramToken = Secret(strings.TrimSpace(string(b)))
		if s.TelegramToken == "" {
			return usageError{fmt.Errorf("--telegram-token-file: %s is empty", s.TelegramTokenFile)}
		}
	}
	if u, err := url.Parse(s.TelegramEndpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return usageError{fmt.Errorf("--telegram-endpoint: %q is no address; it looks like https://api.telegram.org", s.TelegramEndpoint)}
	}
	if err := s.readZaloBot(); err != nil {
		return err
	}
	if err := s.ZaloOA.read(); err != nil {
		return err
	}
	if err := s.WebPush.read(); err != nil {
		return err
	}
	if s.PublicURL != "" {
		if u, err := url.Parse(s.PublicURL); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return usageError{fmt.Errorf("--public-url: %q is no https address; it looks like https://chat.example.org", s.PublicURL)}
		}
		s.PublicURL = strings.TrimRight(s.PublicURL, "/")
	}
	if s.TelegramMode == "webhook" && s.PublicURL == "" {
		return usageError{fmt.Errorf("--telegram-mode webhook: --public-url must say where Telegram can call")}
	}
	if s.TelegramRate < 0 {
		return usageError{fmt.Errorf("--telegram-rate: %v is below 0", s.TelegramRate)}
	}
	if s.Database == "" || strings.Contains(s.Database, "://") {
		return usageError{fmt.Errorf("--database: %q is no file; it looks like data/lachan.db", s.Database)}
	}
	if s.DataKeyFile == "" {
		s.DataKeyFile = filepath.Join(filepath.Dir(s.Database), "lachan.key")
	}
	return nil
}

// pack is where the content is read from.
func (s *Settings) pack() fs.FS {
	if s.Content == "" {
		return content.Builtin()
	}
	return os.DirFS(s.Content)
}

// logTo sets up the one logger: text for people, JSON for machines.
func logTo(w io.Writer, s *Settings) {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // kong checked it
	o := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "text" || s.LogFormat == "auto" && isTerminal(w) {
		slog.SetDefault(slog.New(slog.NewTextHandler(w, o)))
		return
	}
	slog.SetDefault(slog.New(slog.NewJSONHandler(w, o)))
}

func isTerminal(x any) bool {
	f, ok := x.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
