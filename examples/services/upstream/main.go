// Upstream is what the services ask: a source of prices and rates, replicas of an index, a mail
// server, a renderer, a store of pictures. Some of it is slow and some of it fails, always alike.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

// slowly answers with text after a while.
func slowly(delay time.Duration, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		io.WriteString(w, text)
	}
}

// price is slow for symbols that begin with "SLOW".
func price(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/prices/SLOW") {
		time.Sleep(300 * time.Millisecond)
	}
	io.WriteString(w, "101.25\n")
}

// index is a little slower for replicas with longer names.
func index(w http.ResponseWriter, r *http.Request) {
	replica := strings.TrimPrefix(r.URL.Path, "/index/")
	time.Sleep(time.Duration(len(replica)) * 2 * time.Millisecond)
	fmt.Fprintf(w, "3 hits for %q\n", r.URL.Query().Get("q"))
}

// picture has a page of some size for what it does not have, as many servers do.
func picture(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/pictures/lost") {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, strings.Repeat("<p>Nothing here. Look somewhere else.</p>\n", 2000))
		return
	}
	w.Write(make([]byte, 2048))
}

// render calls back a little later.
func render(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	host, _, err := net.SplitHostPort(query.Get("callback"))
	if err != nil || !net.ParseIP(host).IsLoopback() {
		http.Error(w, "call back whom?", http.StatusBadRequest)
		return
	}
	time.AfterFunc(20*time.Millisecond, func() {
		if err := callBack(query.Get("callback"), query.Get("document")); err != nil {
			log.Print(err)
		}
	})
	w.WriteHeader(http.StatusOK)
}

func callBack(address, document string) error {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(conn, "%s is rendered\n", document)
	return errors.Join(err, conn.Close())
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/prices/", price)
	mux.HandleFunc("/index/", index)
	mux.HandleFunc("/rates/", slowly(2*time.Millisecond, "1.25\n"))
	mux.HandleFunc("/mail", slowly(2*time.Millisecond, "sent\n"))
	mux.HandleFunc("/remind", slowly(200*time.Millisecond, "reminded\n"))
	mux.HandleFunc("/pictures/", picture)
	mux.HandleFunc("/render", render)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, mux))
}
