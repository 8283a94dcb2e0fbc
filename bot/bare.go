package bot

import "strings"

// Bare writes Markdown for a channel without markup: none of its signs shows, and
// a link's address stands behind its label. A number to call is its label alone;
// clients find numbers themselves.
var Bare = Style{
	Escape: func(s string) string { return s },
	Link: func(label, url string) string {
		if label == url || strings.HasPrefix(url, "tel:") || strings.HasPrefix(url, "sms:") {
			return label
		}
		return label + " (" + url + ")"
	},
	Line:    "\n",
	Between: "\n\n",
	Item:    [2]string{"• ", ""},
}
