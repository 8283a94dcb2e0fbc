// Package cli is the command line, one file a command. build.go puts the parts
// together once, for serve and for send: the only place that knows everything.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"lachan/bot/webpush"
)

// version is set by the linker.
var version = "dev"

// Exit codes.
const (
	exitOK = iota
	exitFailure
	exitUsage
)

type app struct {
	Settings

	Serve       serve       `cmd:"" default:"1" help:"Answer on every channel that is set up, and send what is due."`
	Play        play        `cmd:"" help:"Talk to the bot in this terminal; no network, nothing kept."`
	Send        send        `cmd:"" help:"Send a campaign's message of a day now."`
	Simulate    simulate    `cmd:"" help:"A campaign's whole window on a virtual clock: what would go out when, to how many."`
	Content     contents    `cmd:"" help:"The content pack."`
	Subscribers subscribers `cmd:"" help:"Who gets the daily message."`
	Broadcast   broadcasts  `cmd:"" help:"The ledger of what was sent."`
	Arm         arm         `cmd:"" help:"Let broadcasts go out again."`
	Disarm      disarm      `cmd:"" help:"Stop everything unasked; answers go on."`
	Backup      backup      `cmd:"" help:"A whole copy of the database, while everything goes on."`
	Restore     restore     `cmd:"" help:"Put a backup where no database is; it starts disarmed."`
	Receipt     receipt     `cmd:"" help:"Was this receipt of deletion ours, and of which day?"`
	ZaloOACmd   zaloOACmds  `cmd:"" name:"zalo-oa" help:"The Zalo Official Account."`
	Migrate     migrate     `cmd:"" help:"Bring the database's tables up to date."`
	Version     versionCmd  `cmd:"" help:"Which version this is."`
}

// stdio is where a command reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// Run is the program; it returns the exit code: 0, 1 for a failure, 2 for a wrong command line.
func Run(args []string, in io.Reader, out, errOut io.Writer) int {
	signals := []os.Signal{syscall.SIGTERM, os.Interrupt}
	if !signal.Ignored(syscall.SIGHUP) { // nohup means it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	var a app
	exit := -1
	parser, err := kong.New(&a,
		kong.Name("lachan"),
		kong.Description("Lá Chắn, an outreach chatbot for a city: answers, guides and numbers to call; one message a day. Without a command it serves."),
		kong.Writers(out, errOut),
		kong.Exit(func(code int) { exit = code }),
		kong.Vars{"web_push_services": webpush.Services},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
	)
	if err != nil {
		_, _ = fmt.Fprintln(errOut, "lachan:", err)
		return exitFailure
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		_, _ = fmt.Fprintf(errOut, "lachan: %v\nlachan --help lists commands and settings.\n", err)
		return exitUsage
	}
	if err := a.read(); err != nil {
		_, _ = fmt.Fprintln(errOut, "lachan:", err)
		return exitUsage
	}
	logTo(errOut, &a.Settings)
	k.BindTo(ctx, (*context.Context)(nil))
	k.Bind(&a.Settings, stdio{in, out, errOut})
	if err := k.Run(); err != nil {
		_, _ = fmt.Fprintln(errOut, "lachan:", err)
		if _, usage := errors.AsType[usageError](err); usage {
			return exitUsage
		}
		return exitFailure
	}
	return exitOK
}

// usageError is a mistake in how the command was called.
type usageError struct{ error }

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(io stdio) error {
	_, err := fmt.Fprintln(io.out, "lachan", version)
	return err
}

// shown is a time as operators read it.
func shown(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02 15:04:05 MST")
}
