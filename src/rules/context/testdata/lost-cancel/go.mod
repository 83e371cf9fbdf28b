module example.test/lost-cancel

go 1.24
