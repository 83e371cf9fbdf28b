package convert

import "fmt"

// FixedAll is All with room for every result: the workers finish whether or not anyone listens.
func FixedAll(paths []string, convert func(string) (Thumbnail, error)) ([]Thumbnail, error) {
	results := make(chan result, len(paths))
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
