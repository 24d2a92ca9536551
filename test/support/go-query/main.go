// Reads queries as a handler of the Docker daemon does, with Go's own net/http, strconv and
// encoding/json.
//
// usage: go-query KEY... < QUERIES
//
// Each line of input is a raw query. Each line of output is a JSON object of what was read, or null
// where net/url reports an error. The values of KEY are given as bytes, in base64.
package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"
)

type reading struct {
	Values  [][]byte            `json:"values"`
	Present bool                `json:"present"`
	Bool    bool                `json:"bool"`
	Parsed  string              `json:"parsed"`
	Int     string              `json:"int"`
	Filters map[string][]string `json:"filters"`
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	enc := json.NewEncoder(out)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if err := enc.Encode(read(lines.Text(), os.Args[1:])); err != nil {
			panic(err)
		}
	}
}

func read(query string, keys []string) map[string]reading {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/x", RawQuery: query}}
	r.Body = http.NoBody
	r.Header = http.Header{}
	if err := r.ParseForm(); err != nil {
		return nil
	}
	all := map[string]reading{}
	for _, key := range keys {
		values, present := r.Form[key]
		one := reading{Present: present, Values: [][]byte{}}
		for _, value := range values {
			one.Values = append(one.Values, []byte(value))
		}
		first := r.Form.Get(key)
		one.Bool = truth(first)
		one.Parsed = parsed(first)
		one.Int = integer(first)
		one.Filters = filters(first)
		all[key] = one
	}
	return all
}

func truth(value string) bool {
	for _, no := range []string{"", "0", "no", "false", "none"} {
		if strings.ToLower(strings.TrimSpace(value)) == no {
			return false
		}
	}
	return true
}

func parsed(value string) string {
	flag, err := strconv.ParseBool(value)
	if err != nil {
		return "error"
	}
	return strconv.FormatBool(flag)
}

func integer(value string) string {
	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return "error"
	}
	return strconv.FormatInt(number, 10)
}

// filters is null where both shapes are an error; the values are sorted.
func filters(value string) map[string][]string {
	read := map[string][]string{}
	if value == "" {
		return read
	}
	sets := map[string]map[string]bool{}
	if json.Unmarshal([]byte(value), &sets) == nil {
		for key, set := range sets {
			read[key] = []string{}
			for item := range set {
				read[key] = append(read[key], item)
			}
			sort.Strings(read[key])
		}
		return read
	}
	lists := map[string][]string{}
	if json.Unmarshal([]byte(value), &lists) != nil {
		return nil
	}
	for key, list := range lists {
		set := map[string]bool{}
		for _, item := range list {
			set[item] = true
		}
		read[key] = []string{}
		for item := range set {
			read[key] = append(read[key], item)
		}
		sort.Strings(read[key])
	}
	return read
}
