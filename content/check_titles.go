package content

// What a narrow screen shows of a button in a menu, and of a choice under a question.
const (
	longestTitle  = 18
	longestChoice = 24
)

// titles finds labels of laws, quizzes and the pledge that are too long for a
// menu, and topics of laws without a title.
func (c *checker) titles() {
	for i, l := range c.pack.Laws {
		c.short(l.Title, "the title of the law "+l.ID, longestTitle)
		earlier := false
		for _, before := range c.pack.Laws[:i] {
			earlier = earlier || before.Topic == l.Topic
		}
		if !earlier && !c.pack.Has("b_law_"+l.Topic) {
			c.add("laws.yaml", l.Line, "the topic %s has no title: write b_law_%s in ui.yaml", l.Topic, l.Topic)
		}
	}
	for _, q := range c.pack.Quizzes {
		c.short(q.Title, "the quiz's title", longestTitle)
		for _, x := range q.Questions {
			for _, choice := range x.Choices {
				c.short(choice, "the choice", longestChoice)
			}
		}
	}
	for _, x := range c.pack.Pledge {
		c.short(x.Label, "the label of "+x.ID, longestTitle)
	}
}

// short finds a label that is longer than a narrow screen shows.
func (c *checker) short(t Text, what string, most int) {
	for _, lang := range c.pack.Languages {
		c.atMost(piece{t, asLabel, what}, lang, most)
	}
}
