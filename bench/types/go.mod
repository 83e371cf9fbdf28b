module example.com/unpark/bench/types

go 1.24
