// A client for measurements: Go's own TLS and HTTP, as the docker CLI has them. It does one kind of work and prints one
// JSON object. Nothing of it is asserted; what fails ends it with an error.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var (
	address = flag.String("address", "", "host:port of the front")
	certs   = flag.String("certs", "", "directory with ca.pem, cert.pem and key.pem")
	mode    = flag.String("mode", "calls", "calls, connects, down, up, echo or streams")
	path    = flag.String("path", "/_ping", "what is asked for; for streams several, with commas")
	count   = flag.Int("count", 1000, "calls, connections, echoes or streams")
	at      = flag.Int("at", 8, "how many at a time")
	size    = flag.Int64("size", 1<<30, "bytes to send up")
	exec    = flag.String("exec", "", "container in which echo runs cat")
)

type result struct {
	Count   int     `json:"count"`
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"`
	P50     float64 `json:"p50_us"`
	P99     float64 `json:"p99_us"`
	Cut     int64   `json:"cut"`
	Least   int64   `json:"least"`
}

func main() {
	log.SetFlags(0)
	flag.Parse()
	print, ok := map[string]func() result{
		"calls": calls, "connects": connects, "down": down, "up": up, "echo": echo, "streams": streams,
	}[*mode]
	if !ok {
		log.Fatalf("no mode %q", *mode)
	}
	json.NewEncoder(os.Stdout).Encode(print())
}

func config() *tls.Config {
	ca, err := os.ReadFile(filepath.Join(*certs, "ca.pem"))
	check(err)
	pair, err := tls.LoadX509KeyPair(filepath.Join(*certs, "cert.pem"), filepath.Join(*certs, "key.pem"))
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	host, _, err := net.SplitHostPort(*address)
	check(err)
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, ServerName: host}
}

// client speaks HTTP/1.1, as the CLI does; sessions are not resumed, since each command is a process of its own.
func client(keep bool) *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:     config(),
		TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{},
		MaxIdleConnsPerHost: *at,
		DisableKeepAlives:   !keep,
		DisableCompression:  true,
	}}
}

func url() string { return urlOf(*path) }

func urlOf(path string) string { return "https://" + *address + path }

func get(c *http.Client) int64 {
	answer, err := c.Get(url())
	check(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		log.Fatalf("%s: %s", *path, answer.Status)
	}
	read, err := io.Copy(io.Discard, answer.Body)
	check(err)
	return read
}

func calls() result    { return many(client(true)) }
func connects() result { return many(client(false)) }

func many(c *http.Client) result {
	left, read := int64(*count), int64(0)
	took := make([][]float64, *at)
	var all sync.WaitGroup
	start := time.Now()
	for worker := range took {
		all.Add(1)
		go func(worker int) {
			defer all.Done()
			for atomic.AddInt64(&left, -1) >= 0 {
				began := time.Now()
				atomic.AddInt64(&read, get(c))
				took[worker] = append(took[worker], micros(time.Since(began)))
			}
		}(worker)
	}
	all.Wait()
	seconds := time.Since(start).Seconds()
	times := []float64{}
	for _, some := range took {
		times = append(times, some...)
	}
	return result{Count: len(times), Seconds: seconds, Bytes: read, P50: quantile(times, 0.5), P99: quantile(times, 0.99)}
}

func down() result {
	start := time.Now()
	read := get(client(false))
	return result{Count: 1, Seconds: time.Since(start).Seconds(), Bytes: read}
}

func up() result {
	body := io.LimitReader(zeros{}, *size)
	start := time.Now()
	answer, err := client(false).Post(url(), "application/x-tar", body)
	check(err)
	defer answer.Body.Close()
	io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusOK {
		log.Fatalf("%s: %s", *path, answer.Status)
	}
	return result{Count: 1, Seconds: time.Since(start).Seconds(), Bytes: *size}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// echo sends one byte into cat, in an exec of a real daemon, and waits for it: a frame of 8 bytes and the byte.
func echo() result {
	id := createExec()
	connection, err := tls.Dial("tcp", *address, config())
	check(err)
	defer connection.Close()
	body := `{"Detach":false,"Tty":false}`
	fmt.Fprintf(connection, "POST /v1.41/exec/%s/start HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n", id)
	fmt.Fprintf(connection, "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	readHead(connection)
	frame := make([]byte, 9)
	times := make([]float64, 0, *count)
	start := time.Now()
	for round := -100; round < *count; round++ {
		began := time.Now()
		_, err := connection.Write([]byte{'x'})
		check(err)
		_, err = io.ReadFull(connection, frame)
		check(err)
		if round >= 0 {
			times = append(times, micros(time.Since(began)))
		}
	}
	return result{Count: *count, Seconds: time.Since(start).Seconds(), P50: quantile(times, 0.5), P99: quantile(times, 0.99)}
}

func createExec() string {
	body := `{"AttachStdin":true,"AttachStdout":true,"Cmd":["cat"]}`
	answer, err := client(false).Post("https://"+*address+"/v1.41/containers/"+*exec+"/exec", "application/json", strings.NewReader(body))
	check(err)
	defer answer.Body.Close()
	var made struct{ Id string }
	check(json.NewDecoder(answer.Body).Decode(&made))
	return made.Id
}

func readHead(from io.Reader) {
	head, one := []byte{}, make([]byte, 1)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		_, err := io.ReadFull(from, one)
		check(err)
		head = append(head, one[0])
	}
	if !bytes.Contains(head, []byte(" 101 ")) {
		log.Fatalf("no upgrade: %s", head)
	}
}

// streams opens as many, on the paths by turns, says so, and keeps them until standard input ends; then it tells how many were cut,
// and the fewest reads that one of them has had.
func streams() result {
	ctx, cancel := context.WithCancel(context.Background())
	c := client(false)
	paths := strings.Split(*path, ",")
	reads := make([]int64, *count)
	var open sync.WaitGroup
	var cut int64
	gate := make(chan struct{}, *at)
	start := time.Now()
	for stream := 0; stream < *count; stream++ {
		open.Add(1)
		gate <- struct{}{}
		go func(reads *int64, path string) {
			request, err := http.NewRequestWithContext(ctx, "GET", urlOf(path), nil)
			check(err)
			answer, err := c.Do(request)
			check(err)
			some := make([]byte, 256)
			for err = nil; err == nil; {
				_, err = answer.Body.Read(some)
				if err == nil && atomic.AddInt64(reads, 1) == 1 {
					<-gate
					open.Done()
				}
			}
			if ctx.Err() == nil {
				atomic.AddInt64(&cut, 1)
			}
		}(&reads[stream], paths[stream%len(paths)])
	}
	open.Wait()
	fmt.Println(`{"open":true}`)
	io.Copy(io.Discard, os.Stdin)
	lost := atomic.LoadInt64(&cut)
	least := atomic.LoadInt64(&reads[0])
	for stream := range reads {
		if some := atomic.LoadInt64(&reads[stream]); some < least {
			least = some
		}
	}
	cancel()
	return result{Count: *count, Seconds: time.Since(start).Seconds(), Cut: lost, Least: least}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func quantile(times []float64, q float64) float64 {
	if len(times) == 0 {
		return 0
	}
	sort.Float64s(times)
	at := int(q * float64(len(times)))
	if at >= len(times) {
		at = len(times) - 1
	}
	return times[at]
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
