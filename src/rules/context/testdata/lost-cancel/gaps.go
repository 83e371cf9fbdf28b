package lostcancel

import (
	"context"
	"errors"
)

type plugin struct{ quit func() }

var plugins []*plugin

func (p *plugin) shutDown() { p.quit() }

// The method that calls the field exists and nothing in the program calls the method; that another
// package does so through reflection or an interface cannot be told from here.
func MissedMethodNotCalled(ctx context.Context, run func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	plugins = append(plugins, &plugin{quit: cancel})
	go run(ctx)
}

var errNever = errors.New("never")

// The path without it needs an answer that the oracle never gives.
func NoisyImpossiblePath(ctx context.Context, oracle func() int, run func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx) // want UP3001 "cancel"
	if n := oracle(); n*n == 2 {
		return errNever
	}
	defer cancel()
	return run(ctx)
}
