module example.test/http-body-unclosed

go 1.24
