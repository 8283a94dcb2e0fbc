package content

// guides finds nodes that nobody reaches and paths that end without help.
func (c *checker) guides() {
	for _, g := range c.pack.Guides {
		reached := map[string]bool{}
		g.follow(g.Start, reached)
		for id, n := range g.Nodes {
			if !reached[id] {
				c.add(g.File, n.Line, "nobody reaches the node %s: let a choice lead to it, or remove it", id)
			}
			switch {
			case len(n.Choices) == 0 && len(n.Hotlines) == 0:
				c.add(g.File, n.Line, "the path ends at %s without help: name its hotlines, or give it choices", id)
			case !g.endsSomewhere(id):
				c.add(g.File, n.Line, "from %s the choices lead only in circles: let one lead to hotlines", id)
			}
		}
	}
}

// follow notes every node that is reached from id on.
func (g *Guide) follow(id string, reached map[string]bool) {
	n, ok := g.Nodes[id]
	if !ok || reached[id] {
		return
	}
	reached[id] = true
	for _, c := range n.Choices {
		g.follow(c.Next, reached)
	}
}

// endsSomewhere says whether a way from id leads to hotlines, or at least to an end.
func (g *Guide) endsSomewhere(id string) bool {
	reached := map[string]bool{}
	g.follow(id, reached)
	for id := range reached {
		if n := g.Nodes[id]; len(n.Hotlines) > 0 || len(n.Choices) == 0 {
			return true
		}
	}
	return false
}
