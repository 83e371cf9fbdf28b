module example.com/firstdump

go 1.22
