package main

// Reading files: nothing but regular files, and never more than the format allows.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// folder is where a log lies.
type folder string

func (f folder) path(name string) string {
	return filepath.Join(string(f), filepath.FromSlash(name))
}

// openRegular opens a regular file of `least` to `most` bytes.
func openRegular(path string, least, most int64) (*os.File, error) {
	// Before it is opened: to open a pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if size := info.Size(); size < least || size > most {
		if least == most {
			return nil, fmt.Errorf("%s has %d bytes instead of %d", path, size, most)
		}
		return nil, fmt.Errorf("%s has %d bytes; %d to %d are possible", path, size, least, most)
	}
	return os.Open(path)
}

// readRegular returns the content of a regular file of `least` to `most` bytes.
func readRegular(path string, least, most int64) ([]byte, error) {
	file, err := openRegular(path, least, most)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, err
	}
	if size := int64(len(data)); size < least || size > most {
		return nil, fmt.Errorf("%s changed while it was read", path)
	}
	return data, nil
}

// readLines returns the lines of a short text file, at least one; the last may lack its line feed.
func readLines(path string, most int64) ([]string, error) {
	data, err := readRegular(path, 0, most)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSuffix(string(data), "\n")
	if text == "" {
		return nil, errors.New(path + " holds no key")
	}
	return strings.Split(text, "\n"), nil
}
