package p
import"sync"
func[]func()){var wg sync.WaitGroup
	for _=range func WaitGroup)
	}
	wg.Wait