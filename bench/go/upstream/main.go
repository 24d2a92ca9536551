// A stand-in for the daemon that costs next to nothing: it answers on a unix socket from memory, with the framing that
// the daemon uses. Every front of a comparison has it behind.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

var chunk = make([]byte, 64<<10)

func main() {
	socket := os.Args[1]
	listener, err := net.Listen("unix", socket)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Fronts that give up root reach it too.
	if err := os.Chmod(socket, 0o666); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening")
	fmt.Fprintln(os.Stderr, http.Serve(listener, http.HandlerFunc(serve)))
	os.Exit(1)
}

func serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Server", "Docker/20.10.24 (linux)")
	switch path := r.URL.Path; {
	case path == "/_ping":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache, no-store, must-revalidate")
		io.WriteString(w, "OK")
	case strings.HasSuffix(path, "/containers/json"):
		w.Header().Set("Content-Type", "application/json")
		w.Write(containers)
	case strings.HasSuffix(path, "/get"):
		send(w, r)
	case strings.HasSuffix(path, "/load"):
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"stream":"loaded"}`)
	case strings.HasSuffix(path, "/events"), strings.HasSuffix(path, "/logs"):
		stream(w, r)
	default:
		http.Error(w, `{"message":"page not found"}`, http.StatusNotFound)
	}
}

// send answers with as many bytes as UPSTREAM_BYTES says, in chunks, as the daemon does with archives.
func send(w http.ResponseWriter, r *http.Request) {
	size, _ := strconv.Atoi(os.Getenv("UPSTREAM_BYTES"))
	w.Header().Set("Content-Type", "application/x-tar")
	for size > 0 {
		piece := chunk
		if size < len(piece) {
			piece = piece[:size]
		}
		written, err := w.Write(piece)
		if err != nil {
			return
		}
		size -= written
	}
}

// stream sends its head and a line each second, until the client goes.
func stream(w http.ResponseWriter, r *http.Request) {
	line := "{\"Type\":\"container\"}\n"
	if strings.HasSuffix(r.URL.Path, "/logs") {
		// Of a container without a terminal: which output it is, and how much of it comes.
		line = "\x01\x00\x00\x00\x00\x00\x00\x05tick\n"
	} else {
		w.Header().Set("Content-Type", "application/json")
	}
	next := time.NewTicker(time.Second)
	defer next.Stop()
	for {
		io.WriteString(w, line)
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-next.C:
		}
	}
}

// containers is a list of 29 KB, as a daemon with some thirty containers gives it.
var containers = func() []byte {
	var list strings.Builder
	list.WriteString("[")
	for at := 0; at < 34; at++ {
		if at > 0 {
			list.WriteString(",")
		}
		id := fmt.Sprintf("%064x", at+1)
		fmt.Fprintf(&list, `{"Id":"%s","Names":["/service-%d"],"Image":"registry.example.org/team/service:%d",`, id, at, at)
		fmt.Fprintf(&list, `"ImageID":"sha256:%s","Command":"/usr/local/bin/service --config /etc/service.yaml","Created":1700000000,`, id)
		list.WriteString(`"Ports":[{"IP":"0.0.0.0","PrivatePort":8080,"PublicPort":8080,"Type":"tcp"}],`)
		list.WriteString(`"Labels":{"com.docker.compose.project":"shop","com.docker.compose.service":"service"},"State":"running",`)
		fmt.Fprintf(&list, `"Status":"Up 3 hours","HostConfig":{"NetworkMode":"shop_default"},"NetworkSettings":{"Networks":{"shop_default":`)
		fmt.Fprintf(&list, `{"NetworkID":"%s","EndpointID":"%s","Gateway":"172.18.0.1","IPAddress":"172.18.0.%d","IPPrefixLen":16}}},"Mounts":[]}`, id, id, at+2)
	}
	list.WriteString("]\n")
	return []byte(list.String())
}()
