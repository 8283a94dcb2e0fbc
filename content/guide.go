package content

import "slices"

// Guide is a tree of doors: it asks for no story, it offers choices.
type Guide struct {
	ID    string
	Title Text
	Start string
	Nodes map[string]Node
	Source
	File string
}

// Node is one step of a guide: choices, or the lines to call at its end, or both.
type Node struct {
	Text     Text
	Choices  []Choice
	Hotlines []string
	Line     int
}

// Choice leads to another node.
type Choice struct {
	Label Text
	Next  string
}

// Guide finds a guide; nil when there is none.
func (p *Pack) Guide(id string) *Guide {
	i := slices.IndexFunc(p.Guides, func(g Guide) bool { return g.ID == id })
	if i < 0 {
		return nil
	}
	return &p.Guides[i]
}

// Before is the step in front of a node: a guide is a tree, so there is one. False:
// it is the first.
func (g *Guide) Before(node string) (string, bool) {
	var parents []string
	for name, n := range g.Nodes {
		if node != g.Start && slices.ContainsFunc(n.Choices, func(c Choice) bool { return c.Next == node }) {
			parents = append(parents, name)
		}
	}
	if len(parents) == 0 {
		return "", false
	}
	return slices.Min(parents), true
}

// guide reads one guide; known says whether a hotline's id exists.
func (l *loader) guide(name, id string, known func(value)) (Guide, bool) {
	m, ok := l.mapping(name, "id", "title", "start", "sources", "checked", "review_by", "nodes")
	if !ok {
		return Guide{}, false
	}
	g := Guide{ID: m.id("id"), Title: m.text("title"), Start: m.id("start"), Source: m.source(), Nodes: map[string]Node{}, File: name}
	if g.ID != "" && g.ID != id {
		m.problem(m.line("id"), "the id is %q, the file's name says %q: make them equal", g.ID, id)
	}
	g.ID = id
	var next []value // where choices lead
	for _, e := range m.entries("nodes") {
		e.checkID()
		n, ok := e.mapping("text", "choices", "hotlines")
		if !ok {
			continue
		}
		node := Node{Text: n.text("text"), Line: e.line}
		for _, h := range n.list("hotlines") {
			known(h)
			node.Hotlines = append(node.Hotlines, h.string())
		}
		for _, c := range n.list("choices") {
			c, ok := c.mapping("label", "next")
			if !ok {
				continue
			}
			node.Choices = append(node.Choices, Choice{Label: c.text("label"), Next: c.id("next")})
			if v, ok := c.optional("next"); ok {
				next = append(next, v)
			}
		}
		g.Nodes[e.key] = node
	}
	if _, ok := g.Nodes[g.Start]; !ok && g.Start != "" {
		m.problem(m.line("start"), "the guide starts at %q, which is none of its nodes", g.Start)
	}
	for _, v := range next {
		if _, ok := g.Nodes[v.node.Value]; !ok {
			m.problem(v.line, "the choice leads to %q, which is none of the nodes", v.node.Value)
		}
	}
	return g, true
}

// guides reads them all. Those that pack.yaml names come first, in its order, the
// others follow by their ids.
func (l *loader) guides() {
	for _, id := range l.names("guides", ".yaml") {
		if g, ok := l.guide("guides/"+id+".yaml", id, l.knownHotline); ok {
			l.pack.Guides = append(l.pack.Guides, g)
		}
	}
	for _, v := range slices.Backward(l.guidesFirst) {
		i := slices.IndexFunc(l.pack.Guides, func(g Guide) bool { return g.ID == v.node.Value })
		if i < 0 {
			v.problem(v.line, "there is no guide %q in guides", v.node.Value)
			continue
		}
		g := l.pack.Guides[i]
		l.pack.Guides = slices.Insert(slices.Delete(l.pack.Guides, i, i+1), 0, g)
	}
}
