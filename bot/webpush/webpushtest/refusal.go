package webpushtest

import "lachan/bot/platform/platformtest"

// Refusal is trouble: what happens instead of the usual answer.
type Refusal = platformtest.Refusal

// Status is a bare refusal.
func Status(code int) *Refusal { return &Refusal{Status: code} }
