module unpark.dev/oracle/types

go 1.24
