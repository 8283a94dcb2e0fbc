// Lachan is an outreach chatbot for a city: it answers people who ask for safety
// tips, guides and numbers to call, and sends subscribers one message a day.
package main

import (
	"os"

	"lachan/cli"
)

func main() { os.Exit(cli.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
