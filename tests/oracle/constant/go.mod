module unpark.dev/oracle/constant

go 1.21
