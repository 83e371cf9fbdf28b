module example.com/unpark/examples

go 1.19
