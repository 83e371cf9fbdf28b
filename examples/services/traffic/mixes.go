package main

import "time"

// mix is what one service is asked.
type mix struct {
	// Scripts begin together, many times a second; the paths of one follow each other. "{n}" is the
	// number of the round.
	scripts [][]string
	timeout time.Duration

	// Clients that send path, think (this long at most) and send it again.
	clients int
	path    string
	think   time.Duration
	churn   int // one request in this many closes its connection; 0: none
}

var mixes = map[string]mix{
	"quotes": {
		scripts: [][]string{{"/quote?symbol=SLOW{n}"}, {"/quote?symbol=FAST"}, {"/batch?symbols=A,B", "/healthz"}},
		timeout: time.Second,
	},
	"presence": {
		scripts: [][]string{{"/join?user=u{n}&room=hall", "/who?room=hall", "/leave?user=u{n}"}},
		timeout: time.Second,
	},
	"ledger": {
		scripts: [][]string{
			{"/transfer?from=rent&to=food&amount=3"}, {"/statement?account=food"},
			{"/transfer?from=food&to=rent&amount=3"}, {"/statement?account=rent"}, {"/rules"},
		},
		timeout: time.Second,
	},
	"mailer": {
		scripts: [][]string{{"/campaign?people=5&subject=hello"}, {"/status"}},
		timeout: time.Second,
	},
	"search": {
		scripts: [][]string{{"/search?q=lost+keys"}, {"/replicas", "/healthz"}},
		timeout: time.Second,
	},
	"renders": {
		scripts: [][]string{{"/render?document=letter{n}"}, {"/status"}},
		timeout: 3 * time.Second,
	},
	"rates": {
		scripts: [][]string{{"/convert?amount=100&to=EUR"}, {"/currencies"}},
		timeout: time.Second,
	},
	"thumbs": {
		scripts: [][]string{{"/thumb?name=lost{n}"}, {"/thumb?name=sunset"}, {"/status"}},
		timeout: time.Second,
	},
	"orders": {
		scripts: [][]string{{"/last?customer=c{n}"}, {"/orders?customer=c{n}"}},
		timeout: time.Second,
	},
	"carts": {
		scripts: [][]string{{"/add?cart=one"}, {"/add?cart=two"}, {"/cart?cart=one"}},
		timeout: time.Second,
	},
	// Thousands of connections that are kept alive, under load.
	"connections": {
		scripts: [][]string{{"/healthz"}},
		timeout: 5 * time.Second,
		clients: 2000, path: "/healthz", think: 5 * time.Second, churn: 10,
	},
	// More work than the pool does at once, from time to time.
	"pool": {
		scripts: [][]string{{"/hash?rounds=500"}, {"/hash?rounds=1000"}},
		timeout: 5 * time.Second,
		clients: 100, path: "/hash?rounds=2000", think: 4 * time.Second,
	},
	// Polls that wait for news and begin again at once.
	"polls": {
		scripts: [][]string{{"/healthz"}},
		timeout: 30 * time.Second,
		clients: 500, path: "/poll", think: 20 * time.Millisecond, churn: 50,
	},
	// Requests that queue for one lock.
	"tickets": {
		scripts: [][]string{{"/healthz"}},
		timeout: 10 * time.Second,
		clients: 60, path: "/ticket", think: 100 * time.Millisecond,
	},
	// Requests that queue for one receiver.
	"notes": {
		scripts: [][]string{{"/healthz"}},
		timeout: 10 * time.Second,
		clients: 60, path: "/note?text=hello", think: 100 * time.Millisecond,
	},
}
