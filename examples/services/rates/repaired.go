package main

import "net/http"

// sharedClient is the same client each time, with connections that are used again.
func (s *server) sharedClient() *http.Client { return s.client }
