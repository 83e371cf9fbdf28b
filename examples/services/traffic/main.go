// Traffic sends requests to services, each its own mix, the same to a service and to its repaired twin.
//
//	traffic -rate 20 -for 30s quotes=http://127.0.0.1:1234 ledger=http://127.0.0.1:1235
//
// It says at its end how many requests were answered by which status, and exits with 1 when a service
// answered none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"os"
	"os/signal"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// driver sends one mix to one service.
type driver struct {
	name, base string
	mix        mix
	client     *http.Client

	mu       sync.Mutex
	statuses map[string]int
}

func newDriver(name, base string, m mix) *driver {
	return &driver{
		name: name, base: base, mix: m,
		client:   newClient(m, 100),
		statuses: make(map[string]int),
	}
}

// newClient is a client that keeps so many connections alive.
func newClient(m mix, connections int) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: connections, IdleConnTimeout: time.Minute}
	return &http.Client{Transport: transport, Timeout: m.timeout}
}

// send sends one request and counts its outcome.
func (d *driver) send(ctx context.Context, client *http.Client, path string, number int) {
	url := d.base + strings.ReplaceAll(path, "{n}", strconv.Itoa(number))
	outcome := d.outcome(ctx, client, url, d.mix.churn > 0 && number%d.mix.churn == 0)
	d.mu.Lock()
	d.statuses[outcome]++
	d.mu.Unlock()
}

func (d *driver) outcome(ctx context.Context, client *http.Client, url string, last bool) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	request.Close = last
	response, err := client.Do(request)
	if err != nil {
		switch {
		case ctx.Err() != nil:
			return "stopped"
		case os.IsTimeout(err):
			return "no answer in time"
		}
		return "no answer"
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return "answer cut"
	}
	return strconv.Itoa(response.StatusCode)
}

// rounds starts every script of the mix so many times a second.
func (d *driver) rounds(ctx context.Context, rate int, wait *sync.WaitGroup) {
	defer wait.Done()
	ticker := time.NewTicker(time.Second / time.Duration(rate))
	defer ticker.Stop()
	for number := 0; ; number++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, script := range d.mix.scripts {
			wait.Add(1)
			go func(script []string, number int) {
				defer wait.Done()
				for _, path := range script {
					d.send(ctx, d.client, path, number)
				}
			}(script, number)
		}
	}
}

// clients are people with one connection each who send a request, think, and send another.
func (d *driver) clients(ctx context.Context, wait *sync.WaitGroup) {
	for i := 0; i < d.mix.clients; i++ {
		wait.Add(1)
		go func(number int) {
			defer wait.Done()
			client := newClient(d.mix, 1)
			defer client.CloseIdleConnections()
			random := rand.New(rand.NewSource(int64(number)))
			think := d.mix.think
			for pause(ctx, time.Duration(random.Int63n(int64(think)))) {
				d.send(ctx, client, d.mix.path, number+random.Intn(1000))
			}
		}(i)
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// report prints what was answered, and whether anything was.
func (d *driver) report() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	var outcomes []string
	for outcome := range d.statuses {
		outcomes = append(outcomes, outcome)
	}
	sort.Strings(outcomes)
	answered := false
	fmt.Printf("%s:", d.name)
	for _, outcome := range outcomes {
		fmt.Printf("  %s × %d", outcome, d.statuses[outcome])
		if _, err := strconv.Atoi(outcome); err == nil {
			answered = true
		}
	}
	fmt.Println()
	return answered
}

// parse makes drivers of arguments NAME=URL.
func parse(arguments []string) ([]*driver, error) {
	var drivers []*driver
	for _, argument := range arguments {
		name, base, ok := strings.Cut(argument, "=")
		if !ok {
			return nil, fmt.Errorf("%q: NAME=URL is expected", argument)
		}
		m, ok := mixes[name]
		if !ok {
			return nil, fmt.Errorf("%q: there is no mix for it", name)
		}
		drivers = append(drivers, newDriver(name, strings.TrimSuffix(base, "/"), m))
	}
	if len(drivers) == 0 {
		return nil, errors.New("name services: NAME=URL ...")
	}
	return drivers, nil
}

func main() {
	rate := flag.Int("rate", 20, "rounds a second to each service")
	length := flag.Duration("for", 30*time.Second, "how long")
	flag.Parse()
	drivers, err := parse(flag.Args())
	if err != nil {
		log.Fatal("traffic: ", err)
	}
	if *rate < 1 {
		log.Fatal("traffic: -rate must be 1 or more")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *length)
	defer cancel()
	var wait sync.WaitGroup
	for _, d := range drivers {
		wait.Add(1)
		go d.rounds(ctx, *rate, &wait)
		d.clients(ctx, &wait)
	}
	wait.Wait()
	failed := false
	for _, d := range drivers {
		if !d.report() {
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
