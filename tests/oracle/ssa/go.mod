module unpark.test/oracle/ssa

go 1.24
