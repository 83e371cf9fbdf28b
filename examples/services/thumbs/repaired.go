package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// repairedFetch closes the body whatever the status is.
func (s *server) repairedFetch(name string) ([]byte, error) {
	response, err := s.client.Get(s.upstream + "/pictures/" + url.PathEscape(name))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, errNoPicture
	default:
		return nil, fmt.Errorf("%s: %s", name, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxPicture))
}
