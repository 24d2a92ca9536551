// Decodes JSON documents with encoding/json into structs shaped like the Docker daemon's.
//
// usage: go-decode types          prints the shape of every body as JSON
//
//	go-decode < DOCUMENTS     prints one line for each document: what was decoded, or "error"
//
// A document is a line "ACTION LENGTH\n" and LENGTH bytes. It is decoded as moby's
// httputils.ReadJSON does it: one value, then Decoder.More.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func unmarshal(b []byte, out interface{}) error { return json.Unmarshal(b, out) }

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	if len(os.Args) == 2 && os.Args[1] == "types" {
		printTypes(out)
		return
	}
	in := bufio.NewReader(os.Stdin)
	for {
		header, err := in.ReadString('\n')
		if err == io.EOF {
			return
		}
		check(err)
		var action string
		var length int
		_, err = fmt.Sscanf(strings.TrimSpace(header), "%s %d", &action, &length)
		check(err)
		document := make([]byte, length)
		_, err = io.ReadFull(in, document)
		check(err)
		fmt.Fprintln(out, decode(action, document))
	}
}

func decode(action string, document []byte) string {
	make, known := bodies[action]
	if !known {
		return "unknown"
	}
	value := make()
	decoder := json.NewDecoder(bytes.NewReader(document))
	if err := decoder.Decode(value); err != nil && err != io.EOF {
		return "error"
	}
	if decoder.More() {
		return "error"
	}
	return dump(value)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
