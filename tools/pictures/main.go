// Pictures takes the pictures in docs/ from the running program, so that they stay
// true: `make pictures`. It builds lachan, serves on a free port with a database of
// its own, and looks at it with headless Chromium.
package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed terminal.html
var terminal string

func main() {
	root := flag.String("root", "../..", "the folder of the program")
	to := flag.String("to", "../../docs", "the folder for the pictures")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *root, *to)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(ctx context.Context, root, to string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "lachan-pictures-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program := filepath.Join(dir, "lachan")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".") //nolint:gosec // a path of our own making
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build lachan: %w", err)
	}
	chat, end, err := serve(ctx, program, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	talk, err := talk(ctx, program)
	if err != nil {
		return err
	}
	browser, err := open(ctx)
	if err != nil {
		return err
	}
	defer browser.close()
	for _, p := range []picture{
		{name: "chat.png", url: chat, width: 360, height: 640, scale: 2, says: "đường dây nóng"},
		{name: "chat-dark.png", url: chat, width: 360, height: 640, scale: 2, says: "đường dây nóng", dark: true},
		{name: "hotlines.png", url: chat + "/hotlines", width: 720, height: 960, scale: 1},
		{name: "terminal.png", url: talk, width: 760, height: 700, scale: 1, whole: true},
	} {
		size, err := browser.take(p, filepath.Join(to, p.name))
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(os.Stdout, "%s %d KB\n", p.name, (size+1023)/1024)
	}
	return nil
}

// serve starts the program and reads from its log where the chat is.
func serve(ctx context.Context, program, dir string) (chat string, end func() error, err error) {
	cmd := exec.CommandContext(ctx, program, "serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", //nolint:gosec // what was just built
		"--database", filepath.Join(dir, "lachan.db"), "--log-format", "json")
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "LACHAN_") })
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	log, err := cmd.StderrPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("start lachan: %w", err)
	}
	end = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return err
		}
		_, _ = bytes.NewBuffer(nil).ReadFrom(log)
		return cmd.Wait()
	}
	var seen []string
	for lines := bufio.NewScanner(log); lines.Scan(); {
		var line struct {
			Msg, Chat string
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Chat != "" {
			return line.Chat, end, nil
		}
		seen = append(seen, lines.Text())
	}
	return "", nil, fmt.Errorf("lachan did not serve: %w\n%s", cmd.Wait(), strings.Join(seen, "\n"))
}

// said is what is typed into `lachan play` for the picture of the terminal: in
// English, since most machines lack a font of fixed width with all of Vietnamese.
var said = []string{"tips", "2"}

// talk has the conversation, and puts it on a page that looks like a terminal.
func talk(ctx context.Context, program string) (string, error) {
	type turn struct{ Said, Answer string }
	var turns []turn
	before := ""
	for i := range said {
		cmd := exec.CommandContext(ctx, program, "play", "--lang", "en")
		cmd.Stdin = strings.NewReader(strings.Join(said[:i+1], "\n") + "\n")
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("lachan play: %w", err)
		}
		turns = append(turns, turn{said[i], strings.TrimSpace(strings.TrimPrefix(string(out), before))})
		before = string(out)
	}
	page, err := template.New("terminal").Parse(terminal)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := page.Execute(&b, turns); err != nil {
		return "", err
	}
	return "data:text/html;charset=utf-8," + url.PathEscape(b.String()), nil
}

// picture is one of ours: a page, perhaps with something said on it.
type picture struct {
	name, url     string
	width, height int64
	scale         float64
	says          string
	dark          bool
	whole         bool // as high as the page
}

type browser struct {
	ctx   context.Context
	close func()
}

func open(ctx context.Context) (*browser, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", true))
	ctx, free := chromedp.NewExecAllocator(ctx, options...)
	ctx, end := chromedp.NewContext(ctx)
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("start Chromium (tools/chromium.sh finds or installs it): %w", err)
	}
	return &browser{ctx, func() { end(); free() }}, nil
}

// take writes a picture and returns its size in bytes.
func (b *browser) take(p picture, to string) (int, error) {
	scheme := map[bool]string{false: "light", true: "dark"}[p.dark]
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		return 0, err
	}
	steps := []chromedp.Action[chromedp.Void]{
		chromedp.EmulateViewport(p.width, p.height, chromedp.EmulateMobile, chromedp.EmulateTouch, func(d *emulation.SetDeviceMetricsOverrideParams, _ *emulation.SetTouchEmulationEnabledParams) {
			d.DeviceScaleFactor = p.scale
		}),
		chromedp.Navigate(p.url),
	}
	if p.says != "" {
		steps = append(steps, chromedp.SendKeys("#t", p.says+kb.Enter), chromedp.WaitVisible(".answer:nth-of-type(2)"), chromedp.Sleep(300*time.Millisecond))
	}
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		return 0, err
	}
	shot := chromedp.CaptureScreenshot()
	if p.whole {
		shot = chromedp.FullScreenshot(100)
	}
	raw, err := chromedp.Run(b.ctx, shot)
	if err != nil {
		return 0, err
	}
	small, err := shrink(raw)
	if err != nil {
		return 0, err
	}
	return len(small), os.WriteFile(to, small, 0o644) //nolint:gosec // a picture for everybody
}

// shrink writes a picture with the 256 colours that occur most: flat surfaces and
// text lose nothing to see, and half the bytes.
func shrink(raw []byte) ([]byte, error) {
	from, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	counts := map[color.RGBA]int{}
	for y := from.Bounds().Min.Y; y < from.Bounds().Max.Y; y++ {
		for x := from.Bounds().Min.X; x < from.Bounds().Max.X; x++ {
			r, g, b, _ := from.At(x, y).RGBA()
			counts[color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}]++
		}
	}
	var most []color.RGBA
	for c := range counts {
		most = append(most, c)
	}
	slices.SortFunc(most, func(a, b color.RGBA) int {
		if n := counts[b] - counts[a]; n != 0 {
			return n
		}
		return bytes.Compare([]byte{a.R, a.G, a.B}, []byte{b.R, b.G, b.B}) // the same picture each time
	})
	var palette color.Palette
	for _, c := range most[:min(len(most), 256)] {
		palette = append(palette, c)
	}
	to := image.NewPaletted(from.Bounds(), palette)
	draw.Draw(to, to.Bounds(), from, from.Bounds().Min, draw.Src)
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	err = enc.Encode(&out, to)
	return out.Bytes(), err
}
