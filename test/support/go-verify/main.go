// Verifies a server's and a client's certificate as Go programs (docker, dockerd) do; what follows the
// first certificate of a file comes along as the rest of the chain.
//
// usage: go-verify CA.pem SERVER-CERT.pem DIALLED-NAME-OR-IP CLIENT-CERT.pem
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 5 {
		fail("usage: go-verify CA SERVER-CERT NAME CLIENT-CERT")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(read(os.Args[1])) {
		fail("no CA in " + os.Args[1])
	}
	verify(os.Args[2], x509.VerifyOptions{
		Roots:     roots,
		DNSName:   os.Args[3],
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	verify(os.Args[4], x509.VerifyOptions{
		Roots:     roots,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	fmt.Println("verified")
}

func verify(path string, options x509.VerifyOptions) {
	block, rest := pem.Decode(read(path))
	if block == nil {
		fail("no PEM in " + path)
	}
	options.Intermediates = x509.NewCertPool()
	options.Intermediates.AppendCertsFromPEM(rest)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		fail(path + ": " + err.Error())
	}
	if _, err := certificate.Verify(options); err != nil {
		fail(path + ": " + err.Error())
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		fail(err.Error())
	}
	return data
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
