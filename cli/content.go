package cli

import (
	"fmt"
	"os"
	"slices"
	"time"

	"lachan/bot/telegram"
	"lachan/bot/webchat"
	"lachan/content"
	"lachan/handlers"
	"lachan/page"
	"lachan/site"
)

type contents struct {
	Check    contentCheck    `cmd:"" help:"What must be mended in a pack, with file and line."`
	Calendar contentCalendar `cmd:"" help:"A campaign's days with their messages."`
}

// carriers are the channels that a text must fit.
func carriers() []content.Carrier {
	return []content.Carrier{{Name: "telegram", Limits: telegram.Limits}, {Name: "web", Limits: (*webchat.Web)(nil).Limits()}}
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

// Run prints every problem as path:line: message; warnings do not fail the check.
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
	_, err = fmt.Fprintf(io.out, "the pack is sound; %d warnings\n", len(problems))
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
