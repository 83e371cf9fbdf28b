package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// fetch gets a picture from the upstream.
func (s *server) fetch(name string) ([]byte, error) {
	response, err := s.client.Get(s.upstream + "/pictures/" + url.PathEscape(name)) // made here
	if err != nil {
		return nil, err
	}
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, errNoPicture
	default:
		return nil, fmt.Errorf("%s: %s", name, response.Status)
	}
	defer response.Body.Close()
	return io.ReadAll(io.LimitReader(response.Body, maxPicture))
}
