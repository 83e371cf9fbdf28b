module example.test/break-only-leaves-select

go 1.24
