package content

import (
	"embed"
	"io/fs"
)

//go:embed packs/haiphong
var builtin embed.FS

// Builtin is the pack inside the program: Hải Phòng.
func Builtin() fs.FS {
	dir, err := fs.Sub(builtin, "packs/haiphong")
	if err != nil { // only an invalid path errs, and ours is a constant
		return builtin
	}
	return dir
}
