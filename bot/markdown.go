package bot

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Style says how one channel writes what Markdown means.
type Style struct {
	Escape   func(string) string
	Bold     [2]string
	Link     func(label, url string) string // both already escaped by Escape
	Line     string                         // a line break inside a paragraph
	Block    [2]string                      // around a paragraph
	Between  string                         // between two blocks
	List     [2]string                      // around a list
	Item     [2]string                      // around an entry of an unordered list
	Numbered func(n int) [2]string          // around an entry of an ordered list; nil: "n. "
}

// parser is made once; parsing with it is safe from many goroutines.
var parser = goldmark.DefaultParser()

// Render writes Markdown in a channel's style. What the style has no word for
// (code, images, raw HTML) comes out as its text, escaped: a text can never
// break a channel's markup.
func Render(md string, s Style) string {
	src := []byte(md)
	r := renderer{Style: s, src: src}
	r.blocks(parser.Parse(text.NewReader(src)))
	return strings.TrimSpace(r.out.String())
}

type renderer struct {
	Style
	src []byte
	out strings.Builder
}

// blocks writes the children of n with Between between them.
func (r *renderer) blocks(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		r.block(c)
		if c.NextSibling() != nil {
			r.out.WriteString(r.Between)
		}
	}
}

func (r *renderer) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		r.out.WriteString(r.Block[0] + r.Bold[0])
		r.inline(n)
		r.out.WriteString(r.Bold[1] + r.Block[1])
	case *ast.Paragraph:
		r.out.WriteString(r.Block[0])
		r.inline(n)
		r.out.WriteString(r.Block[1])
	case *ast.TextBlock:
		r.inline(n)
	case *ast.List:
		r.list(n)
	case *ast.CodeBlock, *ast.FencedCodeBlock, *ast.HTMLBlock:
		r.out.WriteString(r.Block[0])
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			r.out.WriteString(r.Escape(string(line.Value(r.src))))
		}
		if html, ok := n.(*ast.HTMLBlock); ok && html.HasClosure() {
			r.out.WriteString(r.Escape(string(html.ClosureLine.Value(r.src))))
		}
		r.out.WriteString(r.Block[1])
	case *ast.ThematicBreak:
	default:
		r.blocks(n)
	}
}

func (r *renderer) list(n *ast.List) {
	r.out.WriteString(r.List[0])
	number := n.Start
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		around := r.Item
		if n.IsOrdered() {
			around = [2]string{fmt.Sprintf("%d. ", number), r.Item[1]}
			if r.Numbered != nil {
				around = r.Numbered(number)
			}
			number++
		}
		r.out.WriteString(around[0])
		for b := c.FirstChild(); b != nil; b = b.NextSibling() {
			switch b.(type) {
			case *ast.Paragraph, *ast.Heading:
				r.inline(b)
			default:
				r.block(b)
			}
			if b.NextSibling() != nil {
				r.out.WriteString(r.Line)
			}
		}
		if around[1] != "" || c.NextSibling() == nil {
			r.out.WriteString(around[1])
		}
		if around[1] == "" && c.NextSibling() != nil {
			r.out.WriteString(r.Line)
		}
	}
	r.out.WriteString(r.List[1])
}

func (r *renderer) inline(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			r.out.WriteString(r.Escape(plain(c.Segment.Value(r.src))))
			if c.SoftLineBreak() || c.HardLineBreak() {
				r.out.WriteString(r.Line)
			}
		case *ast.String:
			r.out.WriteString(r.Escape(string(c.Value)))
		case *ast.Emphasis:
			if c.Level < 2 {
				r.inline(c)
				continue
			}
			r.out.WriteString(r.Bold[0])
			r.inline(c)
			r.out.WriteString(r.Bold[1])
		case *ast.Link:
			// A link may hold an address or a picture with a link: no link in a link.
			inner := func(label, _ string) string { return label }
			label := renderer{Style: Style{Escape: r.Escape, Link: inner, Line: " "}, src: r.src}
			label.inline(c)
			r.out.WriteString(r.Link(label.out.String(), r.Escape(plain(c.Destination))))
		case *ast.AutoLink:
			url := r.Escape(string(c.URL(r.src)))
			r.out.WriteString(r.Link(r.Escape(string(c.Label(r.src))), url))
		case *ast.CodeSpan: // \ and & mean nothing in it
			for x := c.FirstChild(); x != nil; x = x.NextSibling() {
				if x, ok := x.(*ast.Text); ok {
					r.out.WriteString(r.Escape(strings.ReplaceAll(string(x.Segment.Value(r.src)), "\n", " ")))
				}
			}
		case *ast.RawHTML:
			for i := range c.Segments.Len() {
				seg := c.Segments.At(i)
				r.out.WriteString(r.Escape(string(seg.Value(r.src))))
			}
		default:
			r.inline(c)
		}
	}
}

// escaped is what stands for another character: \. and &amp; and &#46;.
var escaped = regexp.MustCompile(`\\[[:punct:]]|&#?[0-9A-Za-z]+;`)

// plain resolves what Markdown escapes, each once: \&amp; shows &amp;.
func plain(b []byte) string {
	return string(escaped.ReplaceAllFunc(b, func(e []byte) []byte {
		if e[0] == '\\' {
			return e[1:]
		}
		return util.ResolveEntityNames(util.ResolveNumericReferences(e))
	}))
}
