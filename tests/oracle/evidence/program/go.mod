module example.test/oracle/evidence

go 1.23
