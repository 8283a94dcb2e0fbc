package content

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// value is one value in a file; line is that of its key, or its own in a list.
type value struct {
	*file
	node *yaml.Node
	line int
}

// empty says whether nothing is written there.
func (v value) empty() bool {
	return v.node == nil || v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null"
}

// list reads a value's entries, each with its own line.
func (v value) list() []value {
	if v.node.Kind != yaml.SequenceNode {
		v.problem(v.line, "a list belongs here: [a, b], or lines that begin with \"- \"")
		return nil
	}
	var out []value
	for _, n := range v.node.Content {
		out = append(out, value{v.file, n, n.Line})
	}
	return out
}

// string reads a single value; "" after a problem.
func (v value) string() string {
	if v.node.Kind != yaml.ScalarNode {
		v.problem(v.line, "a single value belongs here")
		return ""
	}
	s := strings.TrimSpace(v.node.Value)
	if v.empty() || s == "" {
		v.problem(v.line, "this is empty: write something or remove it")
		return ""
	}
	return s
}

func (v value) bool() bool {
	switch v.string() {
	case "true":
		return true
	case "false", "":
		return false
	}
	v.problem(v.line, "write true or false")
	return false
}

func (v value) number(from, to int) int {
	s := v.string()
	n, err := strconv.Atoi(s)
	if s != "" && (err != nil || n < from || n > to) {
		v.problem(v.line, "%q is not a whole number from %d to %d", s, from, to)
		return from
	}
	return n
}

func (v value) date() time.Time {
	s := v.string()
	d, err := time.Parse(time.DateOnly, s)
	if s != "" && err != nil {
		v.problem(v.line, "%q is not a date: write it as 2026-11-25", s)
	}
	return d
}

// monthDay reads MM-DD.
func (v value) monthDay() string {
	s := v.string()
	if s != "" && !isMonthDay(s) {
		v.problem(v.line, "%q is not a day of the year: write it as 11-25, in quotes", s)
		return ""
	}
	return s
}

func isMonthDay(s string) bool {
	_, err := dateIn(2000, s, time.UTC)
	return err == nil
}

// An id travels in a button, which holds 64 bytes.
var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,23}$`)

func (v value) id() string {
	s := v.string()
	if s != "" && !idForm.MatchString(s) {
		v.problem(v.line, "%q is not an id: lower-case a to z, digits and -, at most 24 of them", s)
	}
	return s
}

func (e entry) checkID() {
	if !idForm.MatchString(e.key) {
		e.problem(e.line, "%q is not an id: lower-case a to z, digits and -, at most 24 of them", e.key)
	}
}
