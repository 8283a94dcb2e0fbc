package cli

import (
	"fmt"
	"os"
	"slices"
	"time"

	"lachan/bot/telegram"
	"lachan/bot/webchat"
	"lachan/bot/zalobot"
	"lachan/bot/zalooa"
	"lachan/content"
	"lachan/handlers"
	"lachan/page"
	"lachan/site"
)

type contents struct {
	Check    contentCheck    `cmd:"" help:"What must be mended in a pack, with file and line."`
	Calendar contentCalendar `cmd:"" help:"A campaign's days with their messages."`
	Preview  contentPreview  `cmd:"" help:"One HTML file with every text as each channel shows it, to read and sign."`
	New      contentNew      `cmd:"" help:"A pack for another city, out of what is true in the whole country."`
}

// carriers are the channels that a text must fit.
func carriers() []content.Carrier {
	return []content.Carrier{{Name: "telegram", Limits: telegram.Limits}, {Name: "zalo-bot", Limits: zalobot.Limits}, {Name: "zalo-oa", Limits: zalooa.Limits}, {Name: "web", Limits: (*webchat.Web)(nil).Limits()}}
}

// loadPack reads the pack and sees that the program finds every text it needs.
func (s *Settings) loadPack() (*content.Pack, error) {
	pack, err := content.Load(s.pack())
	if err != nil {
		where := s.Content
		if where == "" {
			where = "the built-in pack"
		}
		return nil, fmt.Errorf("the content pack cannot be used (%s):\n%w", where, err)
	}
	if missing := pack.Lacks(keys()); len(missing) > 0 {
		return nil, fmt.Errorf("ui.yaml: keys are missing: %v", missing)
	}
	return pack, nil
}

// keys are the texts that every part of the program says.
func keys() []string {
	return slices.Concat(handlers.Keys, page.Keys(), site.Keys(), webchat.Keys())
}

type contentCheck struct {
	Dir string `arg:"" optional:"" help:"The pack's folder; the one of --content, else the built-in one."`
}

// Run prints every problem as path:line: message, and of a sound pack what the city
// must still supply; neither that nor a warning fails the check.
func (c contentCheck) Run(s *Settings, io stdio) error {
	if c.Dir != "" {
		if info, err := os.Stat(c.Dir); err != nil || !info.IsDir() {
			return fmt.Errorf("content check: %s is no folder", c.Dir)
		}
		s.Content = c.Dir
	}
	problems, err := content.Check(s.pack(), carriers(), time.Now())
	if err != nil {
		return err
	}
	var bad int
	for _, p := range problems {
		if !p.Warning {
			bad++
		}
		if _, err := fmt.Fprintln(io.out, p); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("content check: %d to mend", bad)
	}
	pack, err := content.Load(s.pack())
	if err != nil {
		return err
	}
	for _, m := range pack.Missing {
		if _, err := fmt.Fprintf(io.out, "pack.yaml:%d: missing: %s (%s)\n", m.Line, m.What, m.Who); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(io.out, "the pack is sound; %d warnings, %d things missing\n", len(problems), len(pack.Missing))
	return err
}

type contentCalendar struct {
	Campaign string `arg:"" help:"The campaign's id, e.g. action-month."`
	Year     int    `help:"The year the window begins in; this year unless named."`
}

// Run prints a line for each day of the campaign.
func (c contentCalendar) Run(s *Settings, io stdio) error {
	pack, err := s.loadPack()
	if err != nil {
		return err
	}
	campaign, err := pack.Campaign(c.Campaign)
	if err != nil {
		return err
	}
	if c.Year == 0 {
		c.Year = time.Now().In(pack.Zone).Year()
	}
	for _, day := range pack.Days(campaign, c.Year) {
		line := day.Date.Format(time.DateOnly)
		if special := day.Special.In(pack.Languages[0]); special != "" {
			line += "  [" + special + "]"
		}
		if _, err := fmt.Fprintf(io.out, "%s  %s\n", line, day.Message.FirstLine(pack.Languages[0])); err != nil {
			return err
		}
	}
	return nil
}
