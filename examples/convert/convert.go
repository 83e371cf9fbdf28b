// Package convert turns many files into thumbnails with a few workers.
package convert

import "fmt"

// Thumbnail is a converted file.
type Thumbnail struct {
	Path string
	Data []byte
}

type result struct {
	thumb Thumbnail
	err   error
}

const workers = 4

// All converts every file, or gives the first error.
//
// UP1006 fan-in-shortfall: after the early return nobody receives from results, and every worker that
// still has a file in hand blocks in its send.
func All(paths []string, convert func(string) (Thumbnail, error)) ([]Thumbnail, error) {
	results := make(chan result)
	jobs := queue(paths)
	for i := 0; i < workers; i++ {
		go func() {
			for path := range jobs {
				thumb, err := convert(path)
				results <- result{thumb, err}
			}
		}()
	}
	thumbs := make([]Thumbnail, 0, len(paths))
	for range paths {
		r := <-results
		if r.err != nil {
			return nil, fmt.Errorf("convert: %w", r.err)
		}
		thumbs = append(thumbs, r.thumb)
	}
	return thumbs, nil
}

// queue gives a closed channel that holds all paths.
func queue(paths []string) <-chan string {
	jobs := make(chan string, len(paths))
	for _, path := range paths {
		jobs <- path
	}
	close(jobs)
	return jobs
}
